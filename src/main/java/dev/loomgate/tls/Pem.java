package dev.loomgate.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMException;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMDecryptorProviderBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;

/** Reads PEM files (RFC 7468). Every failure says which file it is about. */
final class Pem {
    private Pem() {
    }

    /** @throws IllegalArgumentException if there is no certificate in the file */
    static List<X509Certificate> certificates(Path file) {
        byte[] bytes = text(file).getBytes(StandardCharsets.ISO_8859_1);
        try {
            var found = CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(bytes));
            if (found.isEmpty()) {
                throw new IllegalArgumentException(file + " holds no certificate; a PEM file with '-----BEGIN CERTIFICATE-----' is needed");
            }
            return found.stream().map(X509Certificate.class::cast).toList();
        } catch (CertificateException e) {
            throw new IllegalArgumentException(file + " holds no certificate that can be read; a PEM file with '-----BEGIN CERTIFICATE-----' is needed"
                    + reason(e), e);
        }
    }

    private static String reason(Exception e) {
        return e.getMessage() == null ? "" : " (" + e.getMessage() + ")";
    }

    /** @throws IllegalArgumentException if there is no key in the file, or not with this password */
    static PrivateKey key(Path file, Optional<Path> passwordFile) {
        try (var parser = new PEMParser(new StringReader(text(file)))) {
            for (Object object = parser.readObject(); object != null; object = parser.readObject()) {
                PrivateKeyInfo key = keyOf(file, object, passwordFile);
                if (key != null) {
                    return new JcaPEMKeyConverter().getPrivateKey(key);
                }
            }
        } catch (PKCSException | OperatorCreationException e) {
            throw wrongPassword(file, passwordFile, e);
        } catch (PEMException e) {
            if (passwordFile.isPresent()) {
                throw wrongPassword(file, passwordFile, e);
            }
            throw new IllegalArgumentException(file + " holds no key that can be read" + reason(e), e);
        } catch (IOException | RuntimeException e) {
            if (e instanceof IllegalArgumentException told && told.getMessage() != null && told.getMessage().startsWith(file.toString())) {
                throw told;
            }
            throw new IllegalArgumentException(file + " holds no key that can be read" + reason(e), e);
        }
        throw new IllegalArgumentException(file + " holds no private key; a PEM file with '-----BEGIN PRIVATE KEY-----' is needed");
    }

    private static IllegalArgumentException wrongPassword(Path file, Optional<Path> passwordFile, Exception cause) {
        return new IllegalArgumentException(file + " can't be decrypted with the password in "
                + passwordFile.map(Path::toString).orElse("no file"), cause);
    }

    /** Null for what is no key, such as the parameters of a curve before it. */
    private static PrivateKeyInfo keyOf(Path file, Object object, Optional<Path> passwordFile)
            throws IOException, PKCSException, OperatorCreationException {
        return switch (object) {
            case PrivateKeyInfo info -> info;
            case PEMKeyPair pair -> pair.getPrivateKeyInfo();
            case PKCS8EncryptedPrivateKeyInfo encrypted -> encrypted.decryptPrivateKeyInfo(
                    new JceOpenSSLPKCS8DecryptorProviderBuilder().setProvider(new BouncyCastleProvider())
                            .build(password(file, passwordFile)));
            case PEMEncryptedKeyPair encrypted -> encrypted.decryptKeyPair(new JcePEMDecryptorProviderBuilder()
                    .setProvider(new BouncyCastleProvider()).build(password(file, passwordFile))).getPrivateKeyInfo();
            default -> null;
        };
    }

    private static char[] password(Path key, Optional<Path> file) {
        Path from = file.orElseThrow(() -> new IllegalArgumentException(key
                + " is encrypted: name the file with its password in key-password-file"));
        return text(from).lines().findFirst().orElseThrow(() -> new IllegalArgumentException(from + " is empty; its first line must be the password of "
                + key)).toCharArray();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException(file + " does not exist", e);
        } catch (AccessDeniedException e) {
            throw new IllegalArgumentException(file + " may not be read by this user", e);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " can't be read" + reason(e), e);
        }
    }
}

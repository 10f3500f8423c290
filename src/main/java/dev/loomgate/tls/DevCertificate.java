package dev.loomgate.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;

import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate that signs itself, for names of this machine: for trying things out, as browsers warn of it until they are told
 * to trust it.
 *
 * @param certificate PEM file that was written
 * @param key         PEM file that was written, for its owner alone
 */
public record DevCertificate(Path certificate, Path key) {
    private static final int SERIAL_BITS = 120;

    /**
     * Makes a key and a certificate and writes both. Files that exist are not overwritten.
     *
     * @param directory where; made if it does not exist
     * @param names     host names and addresses, at least one
     * @param days      how long it is valid, 1 or more
     * @throws FileAlreadyExistsException if there is such a file already
     * @throws IOException                if they can't be written
     */
    public static DevCertificate write(Path directory, List<String> names, int days) throws IOException {
        Path certificate = directory.resolve("dev-cert.pem");
        Path key = directory.resolve("dev-key.pem");
        for (Path file : List.of(certificate, key)) {
            if (Files.exists(file)) {
                throw new FileAlreadyExistsException(file.toString());
            }
        }
        Files.createDirectories(directory);
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            byte[] signed = sign(pair, names, days);
            Files.createFile(key, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(key, pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
            Files.writeString(certificate, pem("CERTIFICATE", signed), StandardOpenOption.CREATE_NEW);
            return new DevCertificate(certificate, key);
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IOException("the JDK can't make a certificate: " + e.getMessage(), e);
        }
    }

    private static byte[] sign(KeyPair pair, List<String> names, int days) throws IOException, OperatorCreationException {
        var subject = new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, names.getFirst()).addRDN(BCStyle.O, "Loomgate development").build();
        Instant now = Instant.now();
        GeneralName[] alternatives = names.stream().map(name -> new GeneralName(
                name.indexOf(':') >= 0 || name.matches("[0-9.]+") ? GeneralName.iPAddress : GeneralName.dNSName, name))
                .toArray(GeneralName[]::new);
        var builder = new JcaX509v3CertificateBuilder(subject, new BigInteger(SERIAL_BITS, new SecureRandom()),
                // clocks differ
                Date.from(now.minus(Duration.ofHours(1))), Date.from(now.plus(Duration.ofDays(days))), subject, pair.getPublic());
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(alternatives));
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
        return builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())).getEncoded();
    }

    private static String pem(String what, byte[] bytes) {
        return "-----BEGIN " + what + "-----\n"
                + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(bytes)
                + "\n-----END " + what + "-----\n";
    }
}

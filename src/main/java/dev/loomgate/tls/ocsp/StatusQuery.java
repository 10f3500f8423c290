package dev.loomgate.tls.ocsp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;

import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPReqBuilder;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.SingleResp;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/** Asks an issuer's responder for the status of one certificate (RFC 6960). Immutable. */
final class StatusQuery {
    private static final int PATIENCE_MILLIS = 10_000;
    private static final int LONGEST = 64 << 10;
    /** Clocks differ. */
    private static final Duration SKEW = Duration.ofMinutes(15);
    /** Extended key usage of those who may sign in place of the issuer (section 4.2.2.2). */
    private static final String OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";

    private final URI responder;
    private final X509Certificate issuer;
    private final CertificateID id;

    /** An answer that says that the certificate is good, and until when that counts. */
    record Answer(byte[] response, Optional<Instant> end) {
    }

    private StatusQuery(URI responder, X509Certificate issuer, CertificateID id) {
        this.responder = responder;
        this.issuer = issuer;
        this.id = id;
    }

    /**
     * The question for a certificate.
     *
     * @param chain the certificate, its issuer's, and so on
     * @throws IOException if there is nobody to ask; the message says why
     */
    static StatusQuery of(List<X509Certificate> chain) throws IOException {
        if (chain.size() < 2) {
            throw new IOException("the certificate of its issuer does not follow it in the file");
        }
        URI responder = responder(chain.getFirst())
                .orElseThrow(() -> new IOException("it names no OCSP responder; some issuers have given OCSP up"));
        try {
            var digests = new JcaDigestCalculatorProviderBuilder().build();
            return new StatusQuery(responder, chain.get(1), new CertificateID(digests.get(CertificateID.HASH_SHA1),
                    new JcaX509CertificateHolder(chain.get(1)), chain.getFirst().getSerialNumber()));
        } catch (OperatorCreationException | OCSPException | GeneralSecurityException e) {
            throw new IOException("there is no way to ask for its status: " + e.getMessage(), e);
        }
    }

    private static Optional<URI> responder(X509Certificate certificate) throws IOException {
        byte[] extension = certificate.getExtensionValue(Extension.authorityInfoAccess.getId());
        if (extension == null) {
            return Optional.empty();
        }
        try {
            var access = AuthorityInformationAccess.getInstance(JcaX509ExtensionUtils.parseExtensionValue(extension));
            for (AccessDescription one : access.getAccessDescriptions()) {
                if (one.getAccessMethod().equals(AccessDescription.id_ad_ocsp)
                        && one.getAccessLocation().getTagNo() == GeneralName.uniformResourceIdentifier) {
                    return Optional.of(URI.create(one.getAccessLocation().getName().toString()));
                }
            }
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            throw new IOException("its OCSP responder is no address: " + e.getMessage(), e);
        }
    }

    CertificateID id() {
        return id;
    }

    /** @throws IOException if no good answer comes; the message says why */
    Answer ask() throws IOException {
        try {
            byte[] response = fetch(new OCSPReqBuilder().addRequest(id).build().getEncoded());
            var whole = new OCSPResp(response);
            if (whole.getStatus() != OCSPResp.SUCCESSFUL || !(whole.getResponseObject() instanceof BasicOCSPResp basic)) {
                throw new IOException(responder + " answered with status " + whole.getStatus() + " (RFC 6960 section 4.2.1)");
            }
            if (!isSigned(basic)) {
                throw new IOException(responder + " answered with a signature that is not the issuer's");
            }
            return new Answer(response, end(basic));
        } catch (OCSPException | OperatorCreationException | GeneralSecurityException e) {
            throw new IOException(responder + " answered with what can't be read: " + e.getMessage(), e);
        }
    }

    private byte[] fetch(byte[] question) throws IOException {
        if (!(responder.toURL().openConnection() instanceof HttpURLConnection connection)) {
            throw new IOException(responder + " is no address of HTTP");
        }
        connection.setConnectTimeout(PATIENCE_MILLIS);
        connection.setReadTimeout(PATIENCE_MILLIS);
        connection.setDoOutput(true);
        connection.setRequestProperty("Content-Type", "application/ocsp-request");
        connection.setFixedLengthStreamingMode(question.length);
        try {
            try (OutputStream out = connection.getOutputStream()) {
                out.write(question);
            }
            if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
                throw new IOException(responder + " answered with " + connection.getResponseCode());
            }
            try (InputStream in = connection.getInputStream()) {
                byte[] response = in.readNBytes(LONGEST);
                if (response.length == LONGEST) {
                    throw new IOException(responder + " answered with more than " + LONGEST + " bytes");
                }
                return response;
            }
        } finally {
            connection.disconnect();
        }
    }

    /** By the issuer, or by whom it has named for that: what clients look at, too (section 3.2). */
    private boolean isSigned(BasicOCSPResp response) throws OCSPException, OperatorCreationException, GeneralSecurityException {
        if (isSigned(response, issuer.getPublicKey())) {
            return true;
        }
        for (X509CertificateHolder one : response.getCerts()) {
            X509Certificate delegate = new JcaX509CertificateConverter().getCertificate(one);
            List<String> usages = delegate.getExtendedKeyUsage();
            if (usages != null && usages.contains(OCSP_SIGNING) && isSigned(response, delegate.getPublicKey())) {
                delegate.verify(issuer.getPublicKey());
                delegate.checkValidity();
                return true;
            }
        }
        return false;
    }

    private static boolean isSigned(BasicOCSPResp response, PublicKey key) throws OperatorCreationException {
        try {
            return response.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key));
        } catch (OCSPException e) {
            // a key of another kind than the signature's
            return false;
        }
    }

    private Optional<Instant> end(BasicOCSPResp response) throws IOException {
        for (SingleResp one : response.getResponses()) {
            if (one.getCertID().getSerialNumber().equals(id.getSerialNumber())) {
                Instant now = Instant.now();
                Optional<Instant> end = Optional.ofNullable(one.getNextUpdate()).map(Date::toInstant);
                if (one.getCertStatus() != CertificateStatus.GOOD) {
                    throw new IOException(responder + " says that the certificate is revoked, or does not know it");
                }
                if (one.getThisUpdate().toInstant().isAfter(now.plus(SKEW)) || end.isPresent() && end.get().isBefore(now)) {
                    throw new IOException(responder + " answered for another time: " + one.getThisUpdate() + " to " + one.getNextUpdate());
                }
                return end;
            }
        }
        throw new IOException(responder + " answered for another certificate");
    }
}

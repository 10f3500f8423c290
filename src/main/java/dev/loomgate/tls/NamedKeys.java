package dev.loomgate.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;

import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/** Chooses the certificate by the name that the client asks for (RFC 6066 section 3); the first if there is none for it. */
final class NamedKeys extends X509ExtendedKeyManager {
    private final List<Credential> credentials;

    NamedKeys(List<Credential> credentials) {
        this.credentials = List.copyOf(credentials);
    }

    @Override
    public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
        String host = requestedHost(engine);
        List<Credential> named = host == null ? List.of() : credentials.stream().filter(one -> one.isFor(host)).toList();
        for (Credential one : named.isEmpty() ? fallback() : named) {
            if (one.isOf(keyType)) {
                return String.valueOf(credentials.indexOf(one));
            }
        }
        return null;
    }

    /** The first, and those with other kinds of keys for the same name. */
    private List<Credential> fallback() {
        Credential first = credentials.getFirst();
        return first.names().isEmpty() ? List.of(first)
                : credentials.stream().filter(one -> one == first || one.isFor(first.names().getFirst())).toList();
    }

    private static String requestedHost(SSLEngine engine) {
        if (engine.getHandshakeSession() instanceof ExtendedSSLSession session) {
            for (SNIServerName name : session.getRequestedServerNames()) {
                if (name instanceof SNIHostName host) {
                    return host.getAsciiName().toLowerCase(Locale.ROOT);
                }
            }
        }
        return null;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return credentials.get(Integer.parseInt(alias)).chain().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return credentials.get(Integer.parseInt(alias)).key();
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
        throw new UnsupportedOperationException("engines alone are served");
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
        throw new UnsupportedOperationException("engines alone are served");
    }

    @Override
    public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
        return null;
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
        return null;
    }
}

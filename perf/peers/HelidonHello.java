import io.helidon.common.configurable.Resource;
import io.helidon.common.pki.Keys;
import io.helidon.common.tls.Tls;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;

import java.nio.file.Path;

/**
 * Helidon as a peer, with its own listener and its defaults: {@code /plaintext} says hello.
 *
 * <p>Arguments: port on 127.0.0.1; for HTTPS a PKCS #12 file with key and certificate, and its password.
 */
public final class HelidonHello {
    public static void main(String[] args) {
        WebServerConfig.Builder server = WebServer.builder().host("127.0.0.1").port(Integer.parseInt(args[0])).backlog(4096)
                .routing(routing -> routing.get("/plaintext", (request, response) -> response.send("Hello, World!")));
        if (args.length > 1) {
            Keys keys = Keys.builder().keystore(store -> store.keystore(Resource.create(Path.of(args[1]))).passphrase(args[2]))
                    .build();
            server.tls(Tls.builder().privateKey(keys).privateKeyCertChain(keys).build());
        }
        server.build().start();
    }
}

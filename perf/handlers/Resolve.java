import java.net.InetAddress;

import dev.loomgate.handler.Handler;
import dev.loomgate.handler.Request;
import dev.loomgate.handler.Response;

/** Looks up the name in the parameter {@code name}, by the JDK, as any old code does. */
public final class Resolve implements Handler {
    @Override
    public void handle(Request request, Response response) throws Exception {
        response.contentType("text/plain; charset=us-ascii");
        response.out().print(InetAddress.getByName(request.parameter("name", "localhost")).getHostAddress());
    }
}

import java.util.Map;

import dev.loomgate.handler.Handler;
import dev.loomgate.handler.Request;
import dev.loomgate.handler.Response;

/** Says hello; after a blocking wait, as for a slow backend, if the setting {@code wait} gives milliseconds. */
public final class Hello implements Handler {
    private long millis;

    @Override
    public void init(Map<String, String> settings) {
        millis = Long.parseLong(settings.getOrDefault("wait", "0"));
    }

    @Override
    public void handle(Request request, Response response) throws Exception {
        if (millis > 0) {
            Thread.sleep(millis);
        }
        response.contentType("text/plain; charset=us-ascii");
        response.out().print("Hello, World!");
    }
}

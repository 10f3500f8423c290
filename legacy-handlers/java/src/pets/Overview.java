package pets;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import dev.loomgate.handler.Backends;
import dev.loomgate.handler.Handler;
import dev.loomgate.handler.HttpBackend;
import dev.loomgate.handler.Request;
import dev.loomgate.handler.Response;

/**
 * Asks three servers at once and answers with what they say: one line each, in their order. Who has not answered when the time is
 * over is left out. All of it is blocking code: the threads are virtual, and waiting costs next to nothing.
 *
 * <p>Settings: {@code upstreams}, names of groups of the configuration with commas between; {@code path} to ask for; {@code deadline}
 * in milliseconds.
 */
public final class Overview implements Handler {
    private final List<HttpBackend> backends = new ArrayList<>();
    private String path;
    private Duration deadline;

    @Override
    public void init(Map<String, String> settings, Backends known) {
        deadline = Duration.ofMillis(Long.parseLong(settings.getOrDefault("deadline", "500")));
        path = settings.getOrDefault("path", "/");
        for (String name : settings.get("upstreams").split(",")) {
            backends.add(known.http(name.strip()).within(deadline));
        }
    }

    @Override
    public void handle(Request request, Response response) throws Exception {
        List<Callable<String>> questions = new ArrayList<>();
        for (HttpBackend backend : backends) {
            questions.add(() -> backend.get(path).text().strip());
        }
        response.contentType("text/plain; charset=utf-8");
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            // waits for all, and interrupts those that are late
            for (Future<String> answer : threads.invokeAll(questions, deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                response.out().println(textOf(answer));
            }
        }
    }

    private static String textOf(Future<String> answer) throws InterruptedException {
        try {
            return answer.get();
        } catch (CancellationException e) {
            return "(no answer in time)";
        } catch (ExecutionException e) {
            return "(no answer)";
        }
    }
}

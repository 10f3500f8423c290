package dev.loomgate.files;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the files of a directory: GET and HEAD, conditional requests (RFC 9110 section 13), ranges (section 14), index files,
 * listings, precompressed siblings.
 *
 * <p>What is known of a file, and the content of small ones, is kept in memory and served without asking the file system for
 * as long as {@link StaticFilesSettings#revalidateAfter} says. So a change shows that much later at most, plus the time that
 * the request which then looks at the file takes: the others do not wait for it. A path that leads to nothing is looked up each
 * time, so that a new file shows at once.
 *
 * <p>Larger files are sent from the open file with {@code sendfile} where the connection can, else copied through a buffer of
 * 64 KiB. A file that is replaced (renamed over, as deployment tools do it) while it is sent is sent to its end as it was. One
 * that is changed in place may arrive as a mixture of both, as with every server; one that becomes shorter breaks the
 * connection, since its length was promised.
 */
public final class StaticFiles implements Handler, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StaticFiles.class);
    /** How often a request starts again because a file was replaced between looking at it and opening it. */
    private static final int ATTEMPTS = 3;

    private final Library library;
    private final ResourceCache cache;
    private final long maxAge;
    private final RefusalLog refusals = new RefusalLog();

    /**
     * Opens a directory for serving.
     *
     * @param prefix   path that the files are mounted at, such as {@code /} or {@code /docs/}: begins and ends with a slash,
     *                 not percent-encoded
     * @param settings what to serve
     * @throws IllegalArgumentException if the prefix is not such a path, or the root is not a directory that can be read
     */
    public StaticFiles(String prefix, StaticFilesSettings settings) {
        if (!prefix.startsWith("/") || !prefix.endsWith("/") || prefix.contains("//")) {
            throw new IllegalArgumentException("prefix: '" + prefix + "' is not allowed; allowed: a path such as / or /docs/");
        }
        List<String> mount = Arrays.stream(prefix.split("/")).filter(name -> !name.isEmpty()).toList();
        library = new Library(mount, settings);
        cache = new ResourceCache(settings.memoryCache());
        maxAge = settings.revalidateAfter().toNanos();
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) throws IOException {
        Method method = request.prologue().method();
        boolean head = method.equals(Method.HEAD);
        var exchange = new Exchange(request, response, head);
        if (!head && !method.equals(Method.GET)) {
            exchange.answerMethod(method);
            return;
        }
        String path = request.prologue().uriPath().rawPath();
        try {
            for (int attempt = 1; !answer(path, exchange, attempt == ATTEMPTS); attempt++) {
                cache.remove(RequestPath.parse(path).canonical());
            }
        } catch (Unservable e) {
            if (e.isLogged()) {
                refusals.log(path, library.root(), e);
            }
            exchange.answerError(e.status());
        }
    }

    /** Answers a request; false, with nothing sent, if the file has changed since it was looked at. */
    private boolean answer(String path, Exchange exchange, boolean last) throws IOException, Unservable {
        switch (look(path)) {
            case Resource resource -> {
                return answer(resource, exchange, last);
            }
            case Answer.Redirect redirect -> exchange.answerRedirect(redirect.path());
            case Answer.Page page -> exchange.answerListing(page.html());
        }
        return true;
    }

    private boolean answer(Resource resource, Exchange exchange, boolean last) throws IOException, Unservable {
        Representation selected = exchange.select(resource);
        Optional<List<ByteRange>> ranges = Optional.empty();
        switch (exchange.preconditions(selected)) {
            case NOT_MODIFIED -> {
                exchange.answerNotModified(selected);
                return true;
            }
            case FAILED -> {
                exchange.answerError(Status.PRECONDITION_FAILED_412);
                return true;
            }
            case HOLD -> ranges = exchange.ranges(selected);
        }
        if (ranges.isPresent() && ranges.get().isEmpty()) {
            exchange.answerUnsatisfiable(selected);
        } else if (exchange.head() || ranges.isEmpty() && selected.body() != null) {
            exchange.answerWhole(selected);
        } else {
            Optional<? extends Content> content = content(resource, selected, last);
            if (content.isEmpty()) {
                return false;
            }
            try (Content open = content.get()) {
                exchange.answer(selected, ranges, open);
            } catch (FileShortenedException e) {
                LOG.atWarn().addKeyValue("path", resource.path()).addKeyValue("reason", e.getMessage())
                        .log("response broken off; replace files by renaming new ones over them, not by writing into them");
                throw e;
            }
        }
        return true;
    }

    private Optional<? extends Content> content(Resource resource, Representation selected, boolean last) throws Unservable {
        return selected.body() != null ? Optional.of(new Content.InMemory(selected.body()))
                : library.open(resource, selected, last);
    }

    private Answer look(String path) throws Unservable {
        long now = System.nanoTime();
        Resource known = cache.get(path);
        return known != null && !known.isDue(now, maxAge) ? known : lookAgain(RequestPath.parse(path), path, known, now);
    }

    /** Looks a path up that the cache does not know as it is spelled, or knows something of that is due. */
    private Answer lookAgain(RequestPath path, String spelled, Resource due, long now) throws Unservable {
        String key = path.canonical();
        Resource known = due;
        if (known == null && !key.equals(spelled)) {
            known = cache.get(key);
            if (known != null && !known.isDue(now, maxAge)) {
                return known;
            }
        }
        try {
            Answer answer = library.look(path, known, now);
            if (answer instanceof Resource found) {
                if (found != known) {
                    cache.put(found);
                }
            } else if (known != null) {
                cache.remove(key);
            }
            return answer;
        } catch (Unservable e) {
            if (known == null) {
                throw e;
            }
            if (e.isPassing()) {
                return known; // better what was right a second ago than an error
            }
            cache.remove(key);
            throw e;
        }
    }

    @Override
    public void close() {
        cache.clear();
    }
}

package dev.loomgate.web;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.loomgate.transport.RequestId;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Headers;
import io.helidon.http.HtmlEncoder;
import io.helidon.http.HttpException;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is shown when the server itself can't answer a request: a page of the site's own, or while it is being developed one that
 * tells what went wrong. What an application answers, whatever its status, is left alone. Immutable.
 */
public final class ErrorPages {
    private static final Logger LOGGER = LoggerFactory.getLogger(ErrorPages.class);
    private static final int CLASS = 100;
    /** Fields that proxies add. */
    private static final List<HeaderName> PASSED_ON = List.of(HeaderNames.X_FORWARDED_FOR, HeaderNames.FORWARDED, HeaderNames.VIA,
            HeaderNames.create("X-Real-IP"), HeaderNames.X_FORWARDED_PROTO);

    private final Map<Integer, Path> pages;
    private final Details details;

    /** Who is told all that is known of an error. */
    public enum Details {
        /** Nobody. */
        NOBODY,
        /** Clients on the machine of the server, that no proxy stands before. */
        THIS_MACHINE,
        /** All clients. */
        EVERYONE
    }

    /**
     * These pages.
     *
     * @param pages       HTML in UTF-8, by status, or by its first digit (5 for all of 500 to 599). In them, {@code {{status}}},
     *                    {@code {{reason}}} and {@code {{request-id}}} stand for what they say
     * @param details     who is told all that is known of errors without a page
     */
    public ErrorPages(Map<Integer, Path> pages, Details details) {
        this.pages = Map.copyOf(pages);
        this.details = details;
    }

    /** Answers for what failed; returns false if there is no page for it, or a part of a response has been sent. */
    boolean answers(ServerRequest request, ServerResponse response, RuntimeException failure) {
        Status status = statusOf(failure);
        Optional<byte[]> body = body(request, status, failure);
        if (body.isEmpty() || !(response instanceof RoutingResponse routing) || response.isSent() || !routing.resetStream()) {
            return false;
        }
        String id = RequestId.of(request);
        if (status.code() >= Status.INTERNAL_SERVER_ERROR_500.code()) {
            LOGGER.atDebug().addKeyValue("request", id).addKeyValue("status", status.code()).setCause(failure)
                    .log("answered with a page");
        }
        for (Header header : headersOf(failure)) {
            response.header(header);
        }
        if (!keepAlive(failure)) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        response.header(HeaderNames.CONTENT_TYPE, wantsHtml(request) || page(status).isPresent() && mayBeHtml(request)
                ? "text/html; charset=utf-8" : "text/plain; charset=utf-8");
        response.header(HeaderNames.CACHE_CONTROL, "no-store");
        response.header(HeaderValues.X_CONTENT_TYPE_OPTIONS_NOSNIFF);
        response.header(ServerPolicy.REQUEST_ID, id);
        response.status(status);
        response.send(body.get());
        return true;
    }

    private static Status statusOf(RuntimeException failure) {
        return failure instanceof HttpException http ? http.status() : ((RequestException) failure).status();
    }

    private static Headers headersOf(RuntimeException failure) {
        return failure instanceof HttpException http ? http.headers() : ((RequestException) failure).responseHeaders();
    }

    private static boolean keepAlive(RuntimeException failure) {
        return failure instanceof HttpException http ? http.keepAlive() : ((RequestException) failure).keepAlive();
    }

    private Optional<Path> page(Status status) {
        return Optional.ofNullable(pages.get(status.code())).or(() -> Optional.ofNullable(pages.get(status.code() / CLASS)));
    }

    private Optional<byte[]> body(ServerRequest request, Status status, RuntimeException failure) {
        Optional<String> own = page(status).filter(page -> mayBeHtml(request)).flatMap(ErrorPages::read).map(text -> text
                .replace("{{status}}", Integer.toString(status.code()))
                .replace("{{reason}}", HtmlEncoder.encode(status.reasonPhrase()))
                .replace("{{request-id}}", HtmlEncoder.encode(RequestId.of(request))));
        return own.or(() -> isToldAll(request) ? Optional.of(explain(request, status, failure)) : Optional.empty())
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    private boolean isToldAll(ServerRequest request) {
        return switch (details) {
            case NOBODY -> false;
            case THIS_MACHINE -> isOfThisMachine(request);
            case EVERYONE -> true;
        };
    }

    /** A proxy on this machine has an address of this machine, and passes strangers on. */
    private static boolean isOfThisMachine(ServerRequest request) {
        return request.remotePeer().address() instanceof InetSocketAddress client && client.getAddress() != null
                && client.getAddress().isLoopbackAddress() && PASSED_ON.stream().noneMatch(request.headers()::contains);
    }

    private static Optional<String> read(Path page) {
        try {
            return Optional.of(Files.readString(page));
        } catch (IOException | UncheckedIOException e) {
            LOGGER.atWarn().addKeyValue("page", page).addKeyValue("reason", e.toString()).log("error page can't be read");
            return Optional.empty();
        }
    }

    private static boolean wantsHtml(ServerRequest request) {
        return request.headers().contains(HeaderNames.ACCEPT)
                && request.headers().get(HeaderNames.ACCEPT).allValues().stream().anyMatch(value -> value.contains("text/html"));
    }

    /** A program that asks for JSON alone has no use for a page. */
    private static boolean mayBeHtml(ServerRequest request) {
        return wantsHtml(request) || !request.headers().contains(HeaderNames.ACCEPT)
                || request.headers().get(HeaderNames.ACCEPT).allValues().stream().anyMatch(value -> value.contains("*/*"));
    }

    private static String explain(ServerRequest request, Status status, RuntimeException failure) {
        var text = new StringBuilder();
        String title = status.code() + " " + status.reasonPhrase();
        text.append(title).append('\n').append('\n');
        text.append(request.prologue().method().text()).append(' ').append(request.prologue().uriPath().rawPath()).append('\n');
        text.append("request ").append(RequestId.of(request)).append(" (the log has it under this id)\n\n");
        new Explanation(text).add(failure);
        text.append("\nShown because the configuration has 'development' in 'error-pages'.\n");
        return !wantsHtml(request) ? text.toString() : """
                <!DOCTYPE html>
                <html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
                <title>%s</title>
                <style>:root{color-scheme:light dark}body{font:1rem/1.5 sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}
                pre{white-space:pre-wrap;overflow-wrap:anywhere}</style>
                <h1>%s</h1>
                <pre>%s</pre>
                </html>
                """.formatted(HtmlEncoder.encode(title), HtmlEncoder.encode(title),
                HtmlEncoder.encode(text.substring(title.length()).strip()));
    }
}

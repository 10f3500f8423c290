package dev.loomgate.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;

/** Chromium without a window, driven by its DevTools protocol. One page, for one thread. */
public final class Browser implements AutoCloseable {
    private static final Pattern ADDRESS = Pattern.compile("DevTools listening on (ws://\\S+)");
    private static final long PATIENCE_SECONDS = 60;

    private final Process process;
    private final HttpClient client = HttpClient.newHttpClient();
    private final BlockingQueue<JsonObject> answers = new LinkedBlockingQueue<>();
    private final List<String> errors = new ArrayList<>();
    private final WebSocket socket;
    private final String session;
    private int number;

    private Browser(Process process, String address) {
        this.process = process;
        this.socket = client.newWebSocketBuilder().buildAsync(URI.create(address), new Listener(answers)).join();
        String target = call("Target.createTarget", Json.createObjectBuilder().add("url", "about:blank").build(), null)
                .getString("targetId");
        this.session = call("Target.attachToTarget", Json.createObjectBuilder().add("targetId", target).add("flatten", true)
                .build(), null).getString("sessionId");
        call("Runtime.enable", JsonValue.EMPTY_JSON_OBJECT);
        call("Log.enable", JsonValue.EMPTY_JSON_OBJECT);
    }

    /**
     * Starts Chromium, or skips the test if there is none.
     *
     * @param directory for its profile
     */
    public static Browser start(Path directory) throws IOException {
        Path chromium = Programs.require("chromium", "chromium");
        // as root, which runs the tests in containers, it has no sandbox
        Process process = new ProcessBuilder(List.of(chromium.toString(), "--headless=new", "--no-sandbox", "--disable-gpu",
                "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--disable-background-networking",
                "--disable-component-update", "--hide-scrollbars", "--remote-debugging-port=0",
                "--user-data-dir=" + directory.resolve("chromium"), "about:blank")).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            var lines = new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Matcher address = ADDRESS.matcher(line);
                if (address.find()) {
                    Thread.ofVirtual().start(() -> lines.lines().forEach(rest -> { }));
                    return new Browser(process, address.group(1));
                }
            }
            throw new IOException("chromium ended without having listened");
        } catch (IOException | RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /**
     * Makes the page so large.
     *
     * @param width  in CSS pixels
     * @param height in CSS pixels
     * @param scale  pixels of the device for one of CSS
     * @param dark   whether the user likes it dark
     */
    public void show(int width, int height, double scale, boolean dark) {
        call("Emulation.setDeviceMetricsOverride", Json.createObjectBuilder().add("width", width).add("height", height)
                .add("deviceScaleFactor", scale).add("mobile", width < 600).build());
        call("Emulation.setEmulatedMedia", Json.createObjectBuilder().add("features", Json.createArrayBuilder()
                .add(Json.createObjectBuilder().add("name", "prefers-color-scheme").add("value", dark ? "dark" : "light"))).build());
    }

    /** Goes to a page. */
    public void open(String uri) {
        call("Page.navigate", Json.createObjectBuilder().add("url", uri).build());
    }

    /** The value of an expression of JavaScript in the page, as text. */
    public String evaluate(String expression) {
        JsonObject result = call("Runtime.evaluate", Json.createObjectBuilder().add("expression", "String(" + expression + ")")
                .add("returnByValue", true).build());
        if (result.containsKey("exceptionDetails")) {
            throw new IllegalStateException(result.getJsonObject("exceptionDetails").toString());
        }
        return result.getJsonObject("result").getString("value");
    }

    /** Goes on whoever made the certificate of a site. */
    public void trustAnyCertificate() {
        call("Security.setIgnoreCertificateErrors", Json.createObjectBuilder().add("ignore", true).build());
    }

    /** Errors of pages so far: what they throw, what they log as errors, and what could not be loaded for them. */
    public List<String> errors() {
        // whatever there is has come before the answer to this
        evaluate("0");
        return List.copyOf(errors);
    }

    /** Begins anew with {@link #errors}. */
    public void forgetErrors() {
        evaluate("0");
        errors.clear();
    }

    private void note(JsonObject event) {
        JsonObject parameters = event.getOrDefault("params", JsonValue.EMPTY_JSON_OBJECT).asJsonObject();
        switch (event.getString("method", "")) {
            case "Runtime.exceptionThrown" -> errors.add(parameters.toString());
            case "Runtime.consoleAPICalled" -> {
                if (parameters.getString("type").equals("error")) {
                    errors.add(parameters.get("args").toString());
                }
            }
            case "Log.entryAdded" -> {
                if (parameters.getJsonObject("entry").getString("level").equals("error")) {
                    errors.add(parameters.getJsonObject("entry").toString());
                }
            }
            default -> {
                // of no interest
            }
        }
    }

    /** The picture of the page from its top to its end, as PNG. */
    public byte[] picture() {
        return Base64.getDecoder().decode(call("Page.captureScreenshot",
                Json.createObjectBuilder().add("format", "png").add("captureBeyondViewport", true).build()).getString("data"));
    }

    private JsonObject call(String method, JsonObject parameters) {
        return call(method, parameters, session);
    }

    private JsonObject call(String method, JsonObject parameters, String of) {
        int id = ++number;
        var message = Json.createObjectBuilder().add("id", id).add("method", method).add("params", parameters);
        if (of != null) {
            message.add("sessionId", of);
        }
        socket.sendText(message.build().toString(), true).join();
        try {
            while (true) {
                JsonObject answer = answers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
                if (answer == null) {
                    throw new IllegalStateException("no answer to " + method);
                }
                if (!answer.containsKey("id")) {
                    note(answer);
                } else if (answer.getInt("id") == id) {
                    if (answer.containsKey("error")) {
                        throw new IllegalStateException(method + ": " + answer.get("error"));
                    }
                    return answer.getOrDefault("result", JsonValue.EMPTY_JSON_OBJECT).asJsonObject();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Puts messages together, which come in pieces. */
    private static final class Listener implements WebSocket.Listener {
        private final BlockingQueue<JsonObject> answers;
        private final StringBuilder text = new StringBuilder();

        private Listener(BlockingQueue<JsonObject> answers) {
            this.answers = answers;
        }

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                try (var reader = Json.createReader(new StringReader(text.toString()))) {
                    answers.add(reader.readObject());
                }
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }
    }

    /** Ends Chromium, and waits until it has let go of its profile. */
    @Override
    public void close() {
        socket.abort();
        client.shutdownNow();
        // the browser first: it would start one of them anew, which would write into its directory
        List<ProcessHandle> others = process.descendants().toList();
        process.destroyForcibly();
        others.forEach(ProcessHandle::destroyForcibly);
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** For looking at a page by hand: the address, a file, width, height, and whether it is dark. */
    public static void main(String... arguments) throws Exception {
        try (Browser browser = start(Files.createTempDirectory("browser"))) {
            int width = Integer.parseInt(arguments[2]);
            browser.show(width, Integer.parseInt(arguments[3]), width < 600 ? 2 : 1, Boolean.parseBoolean(arguments[4]));
            browser.open(arguments[0]);
            Thread.sleep(4_000);
            Files.write(Path.of(arguments[1]), browser.picture());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

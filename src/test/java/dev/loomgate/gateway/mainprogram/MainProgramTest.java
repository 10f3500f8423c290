package dev.loomgate.gateway.mainprogram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

import io.helidon.webserver.http.HttpRouting;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.loomgate.gateway.ExchangeLimits;
import dev.loomgate.testing.LogCapture;
import dev.loomgate.testing.RawClient;
import dev.loomgate.testing.TestServer;

/** What an unmodified program sees of the request, and what becomes of what it does. */
class MainProgramTest {
    private static final String IMPORTS = "import java.io.*; import java.util.*; import java.util.concurrent.*; ";
    private static final String OK = "System.out.print(\"Content-Type: text/plain\\r\\n\\r\\n\");";

    @TempDir
    private Path top;
    private final LogCapture log = LogCapture.of("dev.loomgate.gateway");
    private MainProgramGateway gateway;
    private TestServer server;

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
            gateway.close();
        }
        log.close();
    }

    private void start(ProgramSettings settings) {
        gateway = new MainProgramGateway("/p", settings);
        server = TestServer.start(HttpRouting.builder().any(gateway));
    }

    /** Serves a program with these statements in its main method, behind the header. */
    private void serve(String statements, String... options) throws IOException {
        serveClass("public static void main(String[] args) throws Throwable { " + OK + statements + " }", options);
    }

    /** Serves a program with these members. */
    private void serveClass(String members, String... options) throws IOException {
        serveClass(UnaryOperator.identity(), members, options);
    }

    private void serveClass(UnaryOperator<ProgramSettings> settings, String members, String... options) throws IOException {
        start(settings.apply(ProgramSettings.of(ProgramSource.jar(top, "Main", IMPORTS + "public class Main { " + members + " }",
                options))));
    }

    private static UnaryOperator<ProgramSettings> silence(Duration limit) {
        return settings -> settings.withGateway(settings.gateway().withLimits(new ExchangeLimits(limit, Optional.empty())));
    }

    private RawClient connect() throws IOException {
        return RawClient.connect(server.port());
    }

    private RawClient.Response get(String path) throws IOException {
        try (RawClient client = connect()) {
            return client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n").readResponse();
        }
    }

    private String body() throws IOException {
        RawClient.Response response = get("/p");
        assertThat(response.status()).isEqualTo(200);
        return response.body();
    }

    private RawClient.Response post(String path, String body) throws IOException {
        try (RawClient client = connect()) {
            return client.send("POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                    .readResponse();
        }
    }

    private void awaitLog(String... parts) {
        Awaitility.await().untilAsserted(() -> assertThat(log.lines()).anySatisfy(line -> assertThat(line).contains(parts)));
    }

    // ---- what the program sees

    @Test
    void seesTheRequestInItsEnvironment() throws Exception {
        serve("System.out.print(System.getenv(\"QUERY_STRING\") + '|' + System.getenv().get(\"PATH_INFO\") + '|' "
                + "+ System.getenv(\"SCRIPT_NAME\") + '|' + System.getenv(\"HOME\") + '|' + (System.getenv(\"PATH\") != null));");

        assertThat(get("/p/caf%C3%A9?a=b").body()).isEqualTo("a=b|/caf\u00c3\u00a9|/p|null|true");
    }

    @Test
    void seesTheRequestInSystemPropertiesAsOldWrappersPassedThem() throws Exception {
        serve("System.out.print(System.getProperty(\"cgi.query_string\") + '|' + System.getProperty(\"cgi.request_method\") + '|' "
                + "+ System.getProperty(\"cgi.content_length\") + '|' + System.getProperty(\"cgi.nix\") + '|' "
                + "+ System.getProperty(\"cgi.nix\", \"else\") + '|' + Integer.getInteger(\"cgi.server_port\") + '|' "
                + "+ System.getProperties().getProperty(\"cgi.script_name\"));");

        assertThat(get("/p?q=1").body()).isEqualTo("q=1|GET||null|else|" + server.port() + "|/p");
    }

    @Test
    void readsTheBodyFromStandardInput() throws Exception {
        serve("BufferedReader in = new BufferedReader(new InputStreamReader(System.in)); System.out.print(in.readLine() + '|' "
                + "+ System.getenv(\"CONTENT_LENGTH\") + '|' + in.readLine());");

        assertThat(post("/p", "a=b&c=d").body()).isEqualTo("a=b&c=d|7|null");
    }

    @Test
    void changesOfPropertiesAreTheRequestsAlone() throws Exception {
        serve("String before = System.setProperty(\"mine\", \"1\"); System.out.print(before + System.getProperty(\"mine\") "
                + "+ System.clearProperty(\"mine\") + System.getProperty(\"mine\"));");

        assertThat(body()).isEqualTo("null11null");
        assertThat(body()).isEqualTo("null11null");
        assertThat(System.getProperty("mine")).isNull();
    }

    @Test
    void seesThePropertiesArgumentsAndVariablesOfTheRoute() throws Exception {
        serveClass(settings -> settings.withProperties(Map.of("pets.data", "/srv")).withArguments(List.of("x", "y"))
                .withGateway(settings.gateway().withEnvironment(Map.of("LANG", "de"))),
                "public static void main(String[] args) { " + OK
                        + "System.out.print(System.getProperty(\"pets.data\") + args[0] + args[1] + System.getenv(\"LANG\")); }");

        assertThat(body()).isEqualTo("/srvxyde");
    }

    @Test
    void hasNoConsoleAndNoDescriptorsOfTheServer() throws Exception {
        serve("try { new FileOutputStream(FileDescriptor.out); } catch (UnsupportedOperationException e) { "
                + "System.out.print(System.console() + \" \" + e.getMessage()); }");

        assertThat(body()).startsWith("null FileDescriptor.out");
    }

    @Test
    void replacesItsStreamsForItselfAlone() throws Exception {
        serve("PrintStream old = System.out; ByteArrayOutputStream kept = new ByteArrayOutputStream(); "
                + "System.setOut(new PrintStream(kept)); System.out.print(\"in \"); System.out.flush(); System.setOut(old); "
                + "System.setIn(new ByteArrayInputStream(\"side\".getBytes())); "
                + "System.out.print(kept + new Scanner(System.in).next());");

        assertThat(body()).isEqualTo("in side");
        assertThat(body()).isEqualTo("in side");
    }

    @Test
    void redirectsMethodReferencesAndLambdas() throws Exception {
        serve("List.of(\"a\", \"b\").forEach(System.out::print); Runnable later = () -> System.out.print(\"c\"); later.run(); "
                + "java.util.function.Function<String, String> env = System::getenv; System.out.print(env.apply(\"REQUEST_METHOD\")); "
                + "java.util.function.IntConsumer exit = System::exit; java.util.function.IntConsumer bound = "
                + "Runtime.getRuntime()::exit; java.util.function.Function<Runnable, Thread> maker = Thread::new; "
                + "Thread made = maker.apply(() -> System.out.print(\"d\")); made.start(); made.join(); "
                + "(args.length == 0 ? bound : exit).accept(0); System.out.print(\"never\");");

        assertThat(body()).isEqualTo("abcGETd");
    }

    @Test
    void startsProcessesWithTheEnvironmentOfTheRequest() throws Exception {
        serve("Process one = new ProcessBuilder(\"sh\", \"-c\", \"echo $QUERY_STRING\").start(); "
                + "System.out.write(one.getInputStream().readAllBytes()); ProcessBuilder two = new ProcessBuilder(\"sh\", \"-c\", "
                + "\"echo $QUERY_STRING$MORE\"); two.environment().put(\"MORE\", \"!\"); "
                + "System.out.write(two.start().getInputStream().readAllBytes()); System.out.write(Runtime.getRuntime().exec("
                + "new String[] {\"sh\", \"-c\", \"echo $REQUEST_METHOD\"}).getInputStream().readAllBytes());");

        assertThat(get("/p?q").body()).isEqualTo("q\nq!\nGET\n");
    }

    @Test
    void takesAMainMethodWithoutArgumentsAndOneOfAnObject() throws Exception {
        serveClass("void main() { " + OK + " System.out.print(\"object\"); }");
        assertThat(body()).isEqualTo("object");
        stop();
        serveClass("static void main() { " + OK + " System.out.print(\"static\"); }");
        assertThat(body()).isEqualTo("static");
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 11, 17, 21})
    void runsClassesOfOlderReleases(int release) throws Exception {
        if (release > 8 || Runtime.version().feature() < 30) {
            serveClass("static int count; static synchronized long next(long by, String s, double d) { count += by; return count; } "
                    + "public static void main(String[] args) throws Exception { " + OK + " for (int i = 0; i < 3; i++) { next(2L, \"\", 1.0); } "
                    + "try { System.out.print(next(1, null, 0)); } finally { System.out.print(\" done\"); } }",
                    "--release", String.valueOf(release));
            assertThat(body()).isEqualTo("7 done");
            assertThat(body()).isEqualTo("7 done");
        }
    }

    // ---- static fields

    @Test
    void eachRequestBeginsWithFreshStaticFields() throws Exception {
        serveClass("""
                static int count = 40; static long sum; static double[] list = {1}; static final Map<String, Integer> SEEN = new HashMap<>();
                static { SEEN.put("init", ++count); }
                interface Kept { String NAME = "kept"; }
                static class Other extends Base { static String text = "fresh"; }
                static class Base { static int inherited = 1; }
                enum Colour { RED, GREEN; static int uses; }
                static String colour(Colour c) { switch (c) { case RED: return "r"; default: return "g"; } }
                public static void main(String[] args) { %s
                    count++; sum += 5_000_000_000L; list[0] += 1; SEEN.merge("hits", 1, Integer::sum); Other.text += "!";
                    Other.inherited += 2;
                    EnumMap<Colour, String> map = new EnumMap<>(Colour.class); map.put(Colour.GREEN, "x");
                    System.out.print(count + " " + sum + " " + list[0] + " " + SEEN.get("hits") + " " + Other.text + " "
                        + Base.inherited + " " + Kept.NAME + " " + map + (map.keySet().iterator().next() == Colour.GREEN)
                        + colour(Colour.valueOf("GREEN"))); } """.formatted(OK));

        for (int i = 0; i < 3; i++) {
            assertThat(body()).isEqualTo("42 5000000000 2.0 1 fresh! 3 kept {GREEN=x}trueg");
        }
        awaitLog("WARN", "shared by all requests", "field=Main$Colour.uses");
    }

    @Test
    void staticInitialisersRunWhenAProgramExpectsThem() throws Exception {
        serveClass("""
                static { System.out.print("Content-Type: text/plain\\n\\nmain "); }
                static class Loud { static { System.out.print("loud "); } static void call() { } }
                static class Made { static { System.out.print("made "); } }
                static class Below extends Above { static int x = 1; static { System.out.print("below "); } }
                static class Above { static { System.out.print("above "); } }
                static class Never { static int x = 1; static { System.out.print("never "); } }
                static class Named { static { System.out.print("named "); } }
                public static void main(String[] args) throws Exception { System.out.print("begin "); Loud.call(); Loud.call(); new Made();
                    int y = Below.x; Class.forName("Main$Named"); System.out.print("end"); }""");

        assertThat(body()).isEqualTo("main begin loud made above below named end");
        assertThat(body()).isEqualTo("main begin loud made above below named end");
    }

    @Test
    void sharedStaticFieldsAreSharedAndNamedInTheLog() throws Exception {
        serveClass(settings -> settings.withIsolation(Isolation.SHARED),
                "static int count; static final List<String> LIST = new ArrayList<>(); static final String FIXED = new String(\"x\"); "
                        + "public static void main(String[] args) { " + OK + " LIST.add(FIXED); System.out.print(++count + \" \" + LIST.size()); }");

        assertThat(body()).isEqualTo("1 1");
        assertThat(body()).isEqualTo("2 2");
        awaitLog("WARN", "shared by all requests", "field=Main.count");
        awaitLog("WARN", "shared by all requests", "field=Main.LIST");
        assertThat(log.lines()).filteredOn(line -> line.contains("shared by all")).hasSize(2);
    }

    @Test
    void aFailureOfAStaticInitialiserIsReported() throws Exception {
        serveClass("static class Bad { static int x = Integer.parseInt(\"no\"); } public static void main(String[] args) { try { "
                + OK + " System.out.print(Bad.x); } catch (ExceptionInInitializerError e) { System.out.print(e.getCause()); } }");

        assertThat(body()).startsWith("java.lang.NumberFormatException");
    }

    @Test
    void locksOfClassesDoNotHoldUpOtherRequests() throws Exception {
        serveClass("static int x; static synchronized void method() throws Exception { Thread.sleep(60_000); } "
                + "public static void main(String[] args) throws Exception { " + OK + " if (System.getenv(\"QUERY_STRING\").equals(\"wait\")) { "
                + "System.out.println(\"waits\"); System.out.flush(); synchronized (Main.class) { method(); } } "
                + "synchronized (Main.class) { System.out.print(\"through\"); } }");

        try (RawClient client = connect()) {
            client.send("GET /p?wait HTTP/1.1\r\nHost: h\r\n\r\n");
            while (!client.readLine().equals("waits")) {
                // the header
            }
            assertThat(body()).isEqualTo("through");
        }
    }

    // ---- the end

    @Test
    void exitEndsTheProgramWhereItIs() throws Exception {
        serve("try { System.out.print(\"before\"); System.exit(0); } catch (Throwable t) { System.out.print(\"caught\"); } "
                + "finally { System.out.print(\"finally\"); } System.out.print(\"after\");");

        assertThat(body()).isEqualTo("before");
        assertThat(log.lines()).noneMatch(line -> line.startsWith("WARN") || line.startsWith("ERROR"));
    }

    @Test
    void codeAfterExitDoesNotRunWhereAllIsCaught() throws Exception {
        Path witness = top.resolve("witness");
        serve("try { System.exit(0); } catch (Throwable t) { new File(\"" + witness + "\").createNewFile(); }");

        assertThat(body()).isEmpty();
        Awaitility.await().until(() -> gateway.running() == 0);
        assertThat(witness).doesNotExist();
    }

    @Test
    void exitFromAnotherThreadEndsTheProgramToo() throws Exception {
        serve("new Thread() { public void run() { System.out.print(\"bye\"); Runtime.getRuntime().halt(0); } }.start(); "
                + "Thread.sleep(60_000);");

        assertThat(body()).isEqualTo("bye");
        Awaitility.await().until(() -> gateway.running() == 0);
    }

    @Test
    void anExitStatusIsLogged() throws Exception {
        serve("System.out.print(\"x\"); System.exit(3);");

        assertThat(body()).isEqualTo("x");
        awaitLog("WARN", "exited with status 3", "path=/p", "Main.jar");
    }

    @Test
    void anExitWithoutOutputIsAnError() throws Exception {
        serveClass("public static void main(String[] args) { System.exit(4); }");

        assertThat(get("/p").status()).isEqualTo(502);
        awaitLog("WARN", "it wrote nothing (it exited with status 4)");
    }

    @Test
    void anExceptionIsAnInternalErrorWithItsStackInTheLog() throws Exception {
        serve("System.out.print(\"half a page\"); throw new IllegalStateException(\"no pets\");");

        // unless what it has printed is on its way before it fails
        Awaitility.await().ignoreExceptionsInstanceOf(IOException.class)
                .untilAsserted(() -> assertThat(get("/p?x").status()).isEqualTo(500));
        awaitLog("ERROR program failed", "path=/p", "method=GET");
        awaitLog("WARN", "no pets", "status=500");
    }

    @Test
    void anExceptionBehindTheBeginningBreaksTheAnswerOff() throws Exception {
        serve("for (int i = 0; i < 100_000; i++) { System.out.println(\"line\"); } throw new IllegalStateException();");

        assertThatThrownBy(() -> get("/p")).isInstanceOfAny(EOFException.class, SocketException.class);
    }

    @Test
    void hooksRunAtTheEnd() throws Exception {
        serve("Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.print(\" hook\"))); System.out.print(\"main\");");

        assertThat(body()).isEqualTo("main hook");
    }

    @Test
    void standardErrorIsLogged() throws Exception {
        serve("System.err.println(\"a warning\"); System.err.print(\"no end\"); System.out.print(\"fine\");");

        assertThat(body()).isEqualTo("fine");
        awaitLog("WARN a warning", "Main.jar");
        awaitLog("WARN no end");
    }

    // ---- threads

    @Test
    void waitsForThreadsThatAreNoDaemons() throws Exception {
        serve("CountDownLatch printed = new CountDownLatch(1), done = new CountDownLatch(2); "
                + "new Thread(() -> { try { printed.await(); Thread.sleep(200); } catch (InterruptedException e) { } "
                + "System.out.print(\" thread\"); done.countDown(); }).start(); "
                + "ExecutorService pool = Executors.newFixedThreadPool(2); pool.submit(() -> { printed.await(); Thread.sleep(200); "
                + "System.out.print(\" pool\" + System.getenv(\"QUERY_STRING\")); done.countDown(); return null; }); pool.shutdown(); "
                + "new java.util.Timer().schedule(new TimerTask() { public void run() { try { done.await(); } "
                + "catch (InterruptedException e) { } System.out.print(\" timer\"); cancel(); System.exit(0); } }, 300); "
                + "System.out.print(\"main\"); printed.countDown();");

        assertThat(get("/p?q").body()).startsWith("main").contains(" thread").contains(" poolq").endsWith(" timer");
    }

    @Test
    void doesNotWaitForDaemonsAndEndsThem() throws Exception {
        serve("Thread daemon = new Thread(() -> { for (long i = 0; ; i++) { } }, \"spinner\"); daemon.setDaemon(true); daemon.start(); "
                + "System.out.print(\"main\");");

        assertThat(body()).isEqualTo("main");
        Awaitility.await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("spinner")));
        Awaitility.await().until(() -> gateway.running() == 0);
    }

    @Test
    void poolsAndTimersEndWithTheRequest() throws Exception {
        serveClass("static class Own extends ThreadPoolExecutor { Own() { super(1, 1, 1, TimeUnit.DAYS, new LinkedBlockingQueue<>(), "
                + "r -> new Thread(r, \"own-pool\")); new ThreadPoolExecutor(1, 1, 1, TimeUnit.DAYS, new LinkedBlockingQueue<>(), "
                + "r -> new Thread(r, \"inner-pool\")).execute(() -> { }); } } "
                + "public static void main(String[] args) throws Exception { " + OK + " new Own().submit(() -> 1).get(); "
                + "Executors.newFixedThreadPool(1, r -> new Thread(r, \"left-pool\")).submit(() -> 1).get(); "
                + "new java.util.Timer(\"left-timer\").schedule(new TimerTask() { public void run() { } }, 0, 10); "
                + "System.out.print(\"x\"); System.exit(0); }");

        assertThat(body()).isEqualTo("x");
        Awaitility.await().until(() -> Thread.getAllStackTraces().keySet().stream().map(Thread::getName)
                .noneMatch(Set.of("own-pool", "inner-pool", "left-pool", "left-timer")::contains));
        Awaitility.await().until(() -> gateway.running() == 0);
    }

    @Test
    void futuresAndParallelStreamsBelongToTheRequest() throws Exception {
        serve("System.out.print(CompletableFuture.supplyAsync(() -> System.getenv(\"QUERY_STRING\"))"
                + ".thenApplyAsync(q -> q + System.getenv(\"REQUEST_METHOD\")).get()); "
                + "List.of(1, 2, 3, 4).parallelStream().forEach(i -> System.out.print(System.getenv(\"QUERY_STRING\"))); "
                + "java.util.stream.IntStream.range(0, 4).parallel().forEach(i -> System.out.print(System.getenv(\"QUERY_STRING\"))); ");

        assertThat(get("/p?a").body()).isEqualTo("aGETaaaaaaaa");
        assertThat(get("/p?b").body()).isEqualTo("bGETbbbbbbbb");
    }

    @Test
    void aFailureInAThreadIsLoggedWithTheRequest() throws Exception {
        serve("Thread t = new Thread(() -> { throw new IllegalStateException(\"in thread\"); }, \"worker\"); t.start(); t.join(); "
                + "System.out.print(\"main\");");

        assertThat(body()).isEqualTo("main");
        awaitLog("ERROR a thread of the program failed", "thread=worker", "path=/p");
    }

    // ---- limits

    @Test
    void anEndlessLoopIsEnded() throws Exception {
        serveClass(silence(Duration.ofMillis(500)), "public static void main(String[] args) { "
                + " long n = 0; while (true) { try { n++; } catch (Throwable t) { n--; } } }");

        assertThat(get("/p").status()).isEqualTo(504);
        awaitLog("WARN", "neither written nor read anything for PT0.5S", "status=504");
        Awaitility.await().until(() -> gateway.running() == 0);
    }

    @Test
    void aProgramThatWaitsTooLongIsEnded() throws Exception {
        serveClass(silence(Duration.ofMillis(500)), "public static void main(String[] args) throws Exception { "
                + " new CountDownLatch(1).await(); }");

        assertThat(get("/p").status()).isEqualTo(504);
        Awaitility.await().until(() -> gateway.running() == 0);
    }

    @Test
    void aThreadThatDoesNotEndIsNamedInTheLog() throws Exception {
        serveClass(silence(Duration.ofSeconds(2)), "public static void main(String[] args) { "
                + "new Thread(() -> new Semaphore(0).acquireUninterruptibly(), \"stubborn\").start(); }");

        assertThat(get("/p").status()).isEqualTo(504);
        awaitLog("ERROR", "can't be ended", "thread=stubborn", "path=/p");
    }

    @Test
    void aProgramWhoseClientHasGoneIsInterrupted() throws Exception {
        serve("System.out.println(\"begun\"); System.out.flush(); try { Thread.sleep(60_000); } catch (InterruptedException e) { "
                + "System.err.println(\"interrupted\"); }");

        try (RawClient client = connect()) {
            client.send("GET /p HTTP/1.1\r\nHost: h\r\n\r\n");
            while (!client.readLine().equals("begun")) {
                // the header
            }
        }
        Awaitility.await().until(() -> gateway.running() == 0);
    }

    @Test
    void closingEndsThePrograms() throws Exception {
        serve("System.out.println(\"begun\"); System.out.flush(); Thread.sleep(60_000);");

        try (RawClient client = connect()) {
            client.send("GET /p HTTP/1.1\r\nHost: h\r\n\r\n");
            while (!client.readLine().equals("begun")) {
                // the header
            }
            gateway.close();
            Awaitility.await().until(() -> gateway.running() == 0);
        }
    }

    @Test
    void letsGoOfAProgramWhoseThreadsEndAfterTheGatewayWasClosed() throws Exception {
        try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            // nothing but the other side's end ends it
            serve("Thread last = new Thread(() -> { try (java.net.Socket socket = new java.net.Socket(\"127.0.0.1\", "
                    + listener.getLocalPort() + ")) { socket.getInputStream().read(); } catch (IOException e) { } }); "
                    + "last.setDaemon(true); last.start(); System.out.print(\"main\");");

            assertThat(body()).isEqualTo("main");
            try (Socket last = listener.accept()) {
                gateway.close();
                assertThat(gateway.running()).isEqualTo(1);
            }
            Awaitility.await().until(() -> gateway.running() == 0);
        }
    }

    @Test
    void saysWhatIsWrongWithAProgram() throws Exception {
        Path noMain = ProgramSource.jar(top, "Empty", "public class Empty { }");
        Path notAJar = java.nio.file.Files.writeString(top.resolve("text.jar"), "text");

        assertThatThrownBy(() -> new MainProgramGateway("/p", ProgramSettings.of(noMain)))
                .hasMessageContaining("class Empty has no main method");
        assertThatThrownBy(() -> new MainProgramGateway("/p", ProgramSettings.of(noMain).withMainClass("Other")))
                .hasMessageContaining("there is no class Other");
        assertThatThrownBy(() -> new MainProgramGateway("/p", ProgramSettings.of(notAJar)))
                .hasMessageContaining("text.jar can't be read as a jar");
        assertThatThrownBy(() -> new MainProgramGateway("/p", ProgramSettings.of(top.resolve("classes-Empty"))))
                .hasMessageContaining("names a Main-Class");
    }
}

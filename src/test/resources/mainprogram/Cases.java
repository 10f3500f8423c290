import java.io.*;
import java.lang.invoke.*;
import java.lang.reflect.*;
import java.sql.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import java.util.function.*;
import java.util.stream.*;

/** What a program may do with its static fields and classes; each case prints what it sees. */
public class Cases {
    static StringBuilder trace = new StringBuilder();
    static void note(Object what) { trace.append(what).append(' '); }

    // ---- kinds of fields and operations
    static byte b = 1; static short s = 2; static char c = 'c'; static int i = 4; static long l = 5; static float f = 6; static double d = 7;
    static boolean z = true; static int[] array = {1, 2, 3}; static String text = "text"; static long[][] grid = new long[2][3];
    static final int CONSTANT = 17; static final String NAME = "name"; static final long COMPUTED = System.nanoTime() > 0 ? 23 : 0;
    static final List<String> LIST = new ArrayList<>(List.of("a"));
    static void fields() {
        b += 3; s--; c++; i <<= 2; l *= l++ + ++l; f /= 4; d -= 0.5; z ^= true; array[1] += array[0]++; text += CONSTANT + NAME + COMPUTED;
        grid[1][2] += l; LIST.add(text); long before = l++; double after = ++d; i = s = 9; Cases.i++; new Cases().i++;
        note(b + " " + s + " " + c + " " + i + " " + l + " " + f + " " + d + " " + z + Arrays.toString(array) + text + grid[1][2] + LIST + before + after);
    }

    // ---- inheritance and hiding
    interface Marked { List<String> MARKS = new ArrayList<>(List.of("mark")); int SIX = 6; static int twice() { return SIX * 2; } default int three() { return SIX / 2; } }
    static class Above { static int count = 10; static int hidden = 1; static void up() { count++; } }
    static class Below extends Above implements Marked { static int hidden = 2; int get() { return count + hidden + super.hidden + MARKS.size() + three(); } }
    static void inheritance() { Below.up(); Below.count += 5; Above.count++; note(new Below().get() + " " + Below.count + Above.hidden + Below.hidden + Marked.twice()); }

    // ---- when classes are initialised
    static class First { static { note("First"); } static int x = 1; }
    static class Second extends First { static { note("Second"); } static final int CONST = 5; static int y = 2; static void call() { } Second() { note("made"); } }
    static class Literal { static { note("Literal"); } static final String S = "constant"; }
    static class CycleA { static int a = CycleB.b + 1; } static class CycleB { static int b = CycleA.a + 1; }
    static class Bad { static int x = Integer.parseInt("no"); }
    static class Worse { static int x; static { if (x == 0) { throw new IllegalStateException("worse"); } } static void call() { } }
    static class Caller { static { note("Caller"); } private static int secret() { return 3; } static int ask() { return secret(); } }
    static class Zone { static { Thread.currentThread().setName("named"); } static void touch() { } }
    static void initialisation() throws Exception {
        note(Second.CONST); note(Second.x); note("then"); Second.call(); new Second(); Second[] none = new Second[1]; note(none.length);
        note(Literal.S); note(Literal.class.getSimpleName()); Class.forName("Cases$Literal", false, Cases.class.getClassLoader()); note("unseen");
        Class.forName("Cases$Literal"); note(CycleA.a + " " + CycleB.b); note(Caller.ask()); Zone.touch(); note(Thread.currentThread().getName());
        for (int n = 0; n < 2; n++) { try { note(Bad.x); } catch (Throwable e) { note(e.getClass().getSimpleName()); } }
        for (int n = 0; n < 2; n++) { try { Worse.call(); } catch (Throwable e) { note(e.getClass().getSimpleName()); } }
    }

    // ---- enums, switches
    enum Color { RED, GREEN { int weight() { return 5; } }, BLUE; static final Map<String, Color> BY = new HashMap<>(); static { for (Color one : values()) { BY.put(one.name().toLowerCase(), one); } } int weight() { return ordinal(); } }
    static int weigh(Color color) { switch (color) { case RED: return 1; case GREEN: return color.weight(); default: return -1; } }
    static String word(String text) { return switch (text) { case "one", "two" -> "few"; case "many" -> "lots"; default -> "none"; }; }
    static String kind(Object o) { return switch (o) { case Integer n when n > 3 -> "big"; case Integer n -> "small"; case Color e -> "color" + e; case null -> "null"; default -> "other"; }; }
    static void enums() { for (Color one : Color.values()) { note(weigh(one)); } note(Color.BY.get("green") + word("two") + word("many") + word("x") + kind(5) + kind(1) + kind(Color.RED) + kind(null) + kind("")); note(new EnumMap<Color, Integer>(Map.of(Color.BLUE, 1)) + " " + EnumSet.allOf(Color.class) + Color.valueOf("RED").compareTo(Color.BLUE)); }

    // ---- lambdas
    static Function<Integer, Integer> adder = n -> n + i; static int calls; static int count(int n) { calls++; return n; }
    record Point(int x, int y) { static int made; static Point ORIGIN = new Point(0, 0); Point { made++; } static Point of(int n) { return new Point(n, n); } }
    static void lambdas() {
        note(adder.apply(1)); note(IntStream.range(0, 5).map(Cases::count).sum() + calls); Supplier<Supplier<String>> nested = () -> () -> NAME + calls; note(nested.get().get());
        note(Stream.of(1, 2).map(Point::of).map(Point::toString).collect(Collectors.joining()) + Point.made + Point.ORIGIN); Runnable run = new Runnable() { int own = calls; public void run() { calls += own; } }; run.run(); note(calls);
        class Local { int sum = calls + i; } note(new Local().sum); BiFunction<String, Integer, Object> make = Cases::pair; note(make.apply("p", 1));
    }
    static Object pair(String a, int b) { return a + b + text; }

    // ---- reflection
    static class Mirror { private static int number = 3; public static String word = "w"; static final double FIXED = Math.sqrt(16); static transient volatile long wide = 9; int own = 1; @Deprecated static void old() { } static int twice(int n) { return n * number; } }
    static void reflection() throws Throwable {
        Field number = Mirror.class.getDeclaredField("number"); number.setAccessible(true); note(number.getInt(null)); number.setInt(null, 8); note(Mirror.number + " " + number.get(null) + Modifier.toString(number.getModifiers()) + number.getDeclaringClass().getSimpleName() + number.getName() + number.getType());
        note(Mirror.class.getField("word").get(null)); Mirror.class.getField("word").set(null, "v"); note(Mirror.word); note(Mirror.class.getDeclaredField("FIXED").get(null)); Mirror.class.getDeclaredField("wide").setLong(null, 12); note(Mirror.wide);
        note(Arrays.stream(Mirror.class.getDeclaredFields()).filter(field -> !field.isSynthetic()).map(field -> field.getName() + Modifier.isStatic(field.getModifiers())).sorted().toList());
        note(Arrays.stream(Mirror.class.getFields()).map(Field::getName).toList()); note(Mirror.class.getDeclaredMethod("twice", int.class).invoke(null, 2)); Field own = Mirror.class.getDeclaredField("own"); own.set(new Mirror(), 4); note(own.get(new Mirror()));
        try { Mirror.class.getDeclaredField("missing"); } catch (NoSuchFieldException e) { note("missing"); } Field fixed = Mirror.class.getDeclaredField("FIXED"); try { fixed.set(null, 1.0); note("set"); } catch (IllegalAccessException e) { note("final"); }
        MethodHandles.Lookup lookup = MethodHandles.lookup(); note(lookup.findStatic(Mirror.class, "twice", MethodType.methodType(int.class, int.class)).invoke(3)); note((int) lookup.findStaticGetter(Mirror.class, "number", int.class).invoke()); lookup.findStaticSetter(Mirror.class, "number", int.class).invoke(11); note(Mirror.number);
        note(Mirror.class.getDeclaredMethod("old").isAnnotationPresent(Deprecated.class)); Object proxy = Proxy.newProxyInstance(Cases.class.getClassLoader(), new Class<?>[] {Supplier.class}, (self, method, args) -> text); note(((Supplier<?>) proxy).get());
        Function<Field, Integer> modifiers = Field::getModifiers; note(modifiers.apply(number)); note(Class.forName("Cases$Mirror").getDeclaredConstructor().newInstance() instanceof Mirror);
    }

    // ---- serialization
    static class Plain implements Serializable { static int made; int a = 1; String t = "t"; Plain() { made++; } static synchronized int locked() { return made; } public int get() { return a; } }
    static class Derived extends Plain { static List<String> held = new ArrayList<>(); transient int skipped = 7; }
    static class Chosen implements Serializable { private static final ObjectStreamField[] serialPersistentFields = {new ObjectStreamField("kept", int.class)}; int kept = 3; int left = 4; }
    static class Single implements Serializable { private static final long serialVersionUID = 42; static final Single ONE = new Single(); Object readResolve() { return ONE; } }
    static class Failure extends Exception { static int thrown; Failure() { super("f" + ++thrown); } }
    static void serialization() throws Exception {
        for (Class<?> type : List.of(Plain.class, Derived.class, Chosen.class, Single.class, Failure.class, Color.class, Point.class)) { ObjectStreamClass stream = ObjectStreamClass.lookup(type); note(stream == null ? "none" : stream.getSerialVersionUID()); }
        var bytes = new ByteArrayOutputStream(); try (var out = new ObjectOutputStream(bytes)) { out.writeObject(new Derived()); out.writeObject(Single.ONE); out.writeObject(new Chosen()); out.writeObject(Color.BLUE); }
        note(bytes.size()); try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) { note(((Derived) in.readObject()).get()); note(in.readObject() == Single.ONE); Chosen chosen = (Chosen) in.readObject(); note(chosen.kept + " " + chosen.left); note(in.readObject() == Color.BLUE);} note(new Failure().getMessage());
    }

    // ---- locks and threads
    static int turns; static synchronized int next(long a, double b) { return ++turns; } static class Gate { static boolean open; static synchronized void await() throws InterruptedException { while (!open) { Gate.class.wait(10_000); } } static void open() { synchronized (Gate.class) { open = true; Gate.class.notifyAll(); } } }
    static ThreadLocal<List<Integer>> local = ThreadLocal.withInitial(ArrayList::new); static final AtomicInteger atomic = new AtomicInteger(); static volatile int seen;
    static void threads() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(3); List<Future<Integer>> results = new ArrayList<>(); for (int n = 0; n < 20; n++) { results.add(pool.submit(() -> { atomic.incrementAndGet(); local.get().add(1); return next(1, 2); })); }
        int sum = 0; for (Future<Integer> result : results) { sum += result.get(); } pool.shutdown(); note(sum + " " + turns + atomic + local.get()); Thread waiter = new Thread(() -> { try { Gate.await(); seen = 1; } catch (InterruptedException e) { seen = 2; } }); waiter.start(); Gate.open(); waiter.join(); note(seen);
        note(CompletableFuture.supplyAsync(() -> turns).thenApplyAsync(n -> n + atomic.get()).get()); note(IntStream.range(0, 100).parallel().map(n -> n + i).sum()); Object lock = Cases.class; synchronized (lock) { note(Thread.holdsLock(lock)); lock.notify(); }
        Thread virtual = Thread.ofVirtual().unstarted(() -> seen = turns); virtual.start(); virtual.join(); note(seen); synchronized (Mirror.class) { note(turns); }
    }

    // ---- JDBC
    public static class Fake implements Driver { static int connections; static { try { DriverManager.registerDriver(new Fake()); } catch (SQLException e) { throw new IllegalStateException(e); } }
        public Connection connect(String url, Properties info) throws SQLException { if (!acceptsURL(url)) { return null; } connections++; note("connect" + info + DriverManager.getLoginTimeout()); return (Connection) Proxy.newProxyInstance(Fake.class.getClassLoader(), new Class<?>[] {Connection.class}, (self, method, args) -> method.getName().equals("getCatalog") ? "catalog" : null); }
        public boolean acceptsURL(String url) { return url.startsWith("jdbc:fake:"); } public DriverPropertyInfo[] getPropertyInfo(String url, Properties info) { return new DriverPropertyInfo[0]; } public int getMajorVersion() { return 1; } public int getMinorVersion() { return 2; } public boolean jdbcCompliant() { return false; } public java.util.logging.Logger getParentLogger() { return null; } }
    static void jdbc() throws Exception {
        try { DriverManager.getConnection("jdbc:fake:x"); } catch (SQLException e) { note(e.getMessage() + e.getSQLState()); } Class.forName("Cases$Fake"); DriverManager.setLoginTimeout(4); note(DriverManager.getConnection("jdbc:fake:x", "u", "p").getCatalog()); note(DriverManager.getDriver("jdbc:fake:y").getMinorVersion()); note(Collections.list(DriverManager.getDrivers()).size() + " " + DriverManager.drivers().count());
        DriverManager.deregisterDriver(DriverManager.getDriver("jdbc:fake:z")); try { DriverManager.getConnection("jdbc:fake:x"); } catch (SQLException e) { note(e.getMessage()); } note(Fake.connections);
    }

    // ---- the rest
    static int depth; static int deeper(int n) { depth++; return deeper(n + 1) + 1; } static int order(String text) { try { note("try"); return Integer.parseInt(text); } catch (NumberFormatException e) { note("catch"); return -1; } finally { note("finally"); calls++; } }
    static class Closing implements AutoCloseable { static int open; Closing() { open++; } public void close() { open--; note("close"); } }
    static void rest() throws Exception {
        try { deeper(0); } catch (StackOverflowError e) { note(depth > 100); } note(order("4") + order("x") + calls); try (Closing one = new Closing(); Closing two = new Closing()) { note(Closing.open); throw new IOException("thrown"); } catch (IOException e) { note(e.getMessage() + Closing.open); }
        boolean asserted = false; assert asserted = true; note(asserted); note(String.format("%s %d %.2f", NAME, i, d)); label: for (int n = 0; n < 5; n++) { for (int m = 0; m < 5; m++) { if (m == 3) { continue label; } if (n == 2) { break label; } calls += m; } } note(calls);
        int n = 0; do { n += 2; } while (n < 10); long w = 0; while (w++ < 3) { } note(n + " " + w); note(new Object() { int x = i; int y() { return x + CONSTANT; } }.y()); StringBuilder built = new StringBuilder(); for (char letter : "xyz".toCharArray()) { built.insert(0, letter); } note(built); note(Objects.requireNonNullElse(System.getProperty("no.such.property"), "unset"));
        Map<String, Integer> sums = new TreeMap<>(); for (String one : "b a b".split(" ")) { sums.merge(one, 1, Integer::sum); } note(sums); note(Cases.class.getResource("Cases.class") != null); note(Thread.currentThread().getContextClassLoader().loadClass("Cases") == Cases.class); note(text.isBlank() ? 1 : 2L);
    }

    static void run(String name) throws Throwable { switch (name) { case "fields" -> fields(); case "inheritance" -> inheritance(); case "initialisation" -> initialisation(); case "enums" -> enums(); case "lambdas" -> lambdas(); case "reflection" -> reflection(); case "serialization" -> serialization(); case "threads" -> threads(); case "jdbc" -> jdbc(); case "rest" -> rest(); default -> throw new IllegalArgumentException(name); } }

    public static void main(String[] args) throws Throwable {
        String name = args.length > 0 ? args[0] : System.getenv("QUERY_STRING");
        try { run(name); } finally { System.out.print("Content-Type: text/plain\n\n" + trace + "\n"); }
    }
}

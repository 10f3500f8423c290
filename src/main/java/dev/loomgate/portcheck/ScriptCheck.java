package dev.loomgate.portcheck;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import dev.loomgate.server.Programs;

/** Looks at a script, or a directory of scripts such as a cgi-bin. Interpreters are asked for modules; no script runs. */
final class ScriptCheck {
    private static final int MOST_FILES = 2_000;
    private static final String ELF = "\u007fELF";
    private static final int LONGEST = 1 << 20;
    private static final int LONGEST_LINE = 256;
    private static final Map<String, String> INTERPRETERS = Map.of("php", "php-cgi", "pl", "perl", "py", "python3", "rb", "ruby",
            "sh", "sh", "tcl", "tclsh");
    private static final Map<String, String> PACKAGES = Map.of("CGI", "libcgi-pm-perl", "DBI", "libdbi-perl", "JSON",
            "libjson-perl", "LWP::UserAgent", "libwww-perl", "MySQLdb", "python3-mysqldb", "requests", "python3-requests",
            "Template", "libtemplate-perl", "HTML::Template", "libhtml-template-perl");
    private static final Pattern PERL_USE = Pattern.compile("^\\s*(?:use|require)\\s+([A-Z]\\w*(?:::\\w+)*)", Pattern.MULTILINE);
    private static final Pattern PYTHON_IMPORT =
            Pattern.compile("^(?:import\\s+([\\w.]+(?:\\s*,\\s*[\\w.]+)*)|from\\s+([A-Za-z_]\\w*)[\\w.]*\\s+import)", Pattern.MULTILINE);
    private static final String PERL_SEARCH =
            "for my $m (@ARGV) { (my $f = \"$m.pm\") =~ s{::}{/}g; print \"$m\\n\" unless grep { -e \"$_/$f\" } @INC }";
    private static final String PYTHON_SEARCH = """
            import importlib.util, sys
            sys.path.insert(0, '.')
            for m in sys.argv[1:]:
                if importlib.util.find_spec(m) is None: print(m)
            """;

    private final Path path;
    private final List<Finding> findings = new ArrayList<>();
    private final Map<String, String> byEnding = new TreeMap<>();
    private int scripts;

    private ScriptCheck(Path path) {
        this.path = path;
    }

    /** Whether a file is run, or might be if it could be read. */
    static boolean takes(Path file) throws IOException {
        if (!Files.isReadable(file) || Files.isExecutable(file) || INTERPRETERS.containsKey(ending(file))) {
            return true;
        }
        try (InputStream in = Files.newInputStream(file)) {
            String begin = new String(in.readNBytes(ELF.length()), StandardCharsets.ISO_8859_1);
            return begin.equals(ELF) || begin.startsWith("#!");
        }
    }

    private static String ending(Path file) {
        String name = file.getFileName().toString();
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /** Looks at one script. */
    static Subject check(Path script) throws IOException {
        var check = new ScriptCheck(script);
        check.look(script);
        return new Subject(script, "script", check.findings, check.route());
    }

    /** Looks at the scripts in and below a directory. */
    static Subject check(Path directory, List<Path> scripts) throws IOException {
        var check = new ScriptCheck(directory);
        for (Path script : scripts.subList(0, Math.min(MOST_FILES, scripts.size()))) {
            check.look(script);
        }
        if (scripts.size() > MOST_FILES) {
            check.work("too many scripts", "only " + MOST_FILES + " of " + scripts.size() + " were looked at: name its directories",
                    directory, 0);
        }
        String what = "directory of scripts, " + check.scripts + (check.scripts == 1 ? " script" : " scripts");
        return new Subject(directory, what, check.findings, check.route());
    }

    private void work(String topic, String advice, Path file, int line) {
        findings.add(new Finding(true, topic, advice, path.equals(file) ? file.toString() : path.relativize(file).toString(), line));
    }

    private void look(Path file) throws IOException {
        if (!Files.isReadable(file)) {
            work("not readable", "this user may not read it", file, 0);
            return;
        }
        byte[] bytes;
        try (var in = Files.newInputStream(file)) {
            bytes = in.readNBytes(LONGEST);
        }
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        String ending = ending(file);
        boolean executable = Files.isExecutable(file);
        if (text.startsWith(ELF)) {
            scripts++;
            requireExecutable(file, executable);
        } else if (text.startsWith("#!")) {
            scripts++;
            requireExecutable(file, executable);
            lookAtFirstLine(file, text);
        } else if (INTERPRETERS.containsKey(ending)) {
            scripts++;
            byEnding.put(ending, INTERPRETERS.get(ending));
            requireProgram(INTERPRETERS.get(ending), file, 0);
            searchModules(file, INTERPRETERS.get(ending), text);
        } else if (executable) {
            scripts++;
            work("no interpreter", "it has no first line such as #!/bin/sh: add one, or name a program for its ending under "
                    + "interpreters in the route", file, 1);
        }
    }

    private void requireExecutable(Path file, boolean executable) {
        if (!executable) {
            work("not executable", "chmod +x '" + file + "'", file, 0);
        }
    }

    private void lookAtFirstLine(Path file, String text) throws IOException {
        int end = text.indexOf('\n');
        String line = text.substring(0, Math.min(end < 0 ? text.length() : end, LONGEST_LINE));
        if (line.endsWith("\r")) {
            work("line ends of Windows", "the system looks for an interpreter with a carriage return in its name: sed -i 's/\\r$//' '"
                    + file + "'", file, 1);
        }
        Optional<String> interpreter = Programs.interpreterIn(line.strip());
        if (interpreter.isPresent()) {
            requireProgram(interpreter.get(), file, 1);
            searchModules(file, interpreter.get(), text);
        }
    }

    private void requireProgram(String program, Path file, int line) {
        if (Programs.find(program).isEmpty()) {
            work("interpreter is missing", program + "; " + Programs.remedy(program), file, line);
        }
    }

    private void searchModules(Path file, String interpreter, String text) throws IOException {
        String program = Path.of(interpreter).getFileName().toString();
        Optional<Path> place = Programs.find(interpreter);
        Set<String> modules = program.startsWith("perl") ? perlModules(text) : program.startsWith("python") ? pythonModules(text)
                : Set.of();
        if (modules.isEmpty() || place.isEmpty()) {
            return;
        }
        var command = new ArrayList<>(program.startsWith("perl") ? List.of(place.get().toString(), "-e", PERL_SEARCH)
                : List.of(place.get().toString(), "-c", PYTHON_SEARCH));
        modules.removeIf(module -> isBeside(file, module));
        command.addAll(modules);
        for (String missing : run(command, file.toAbsolutePath().getParent())) {
            work("module is missing", missing + ", which " + program + " does not find" + (PACKAGES.containsKey(missing)
                    ? "; on Debian: apt-get install " + PACKAGES.get(missing) : ""), file, lineOf(text, missing));
        }
    }

    private static Set<String> perlModules(String text) {
        var modules = new LinkedHashSet<String>();
        int end = text.indexOf("\n__END__");
        Matcher use = PERL_USE.matcher(end < 0 ? text : text.substring(0, end));
        while (use.find()) {
            modules.add(use.group(1));
        }
        return modules;
    }

    private static Set<String> pythonModules(String text) {
        var modules = new LinkedHashSet<String>();
        Matcher line = PYTHON_IMPORT.matcher(text);
        while (line.find()) {
            String names = line.group(1) != null ? line.group(1) : line.group(2);
            for (String name : names.split("\\s*,\\s*")) {
                modules.add(name.split("\\.")[0]);
            }
        }
        return modules;
    }

    /** Modules of the scripts' own lie beside them, or in a directory lib. */
    private static boolean isBeside(Path script, String module) {
        String file = module.replace("::", "/") + ".pm";
        Path directory = script.toAbsolutePath().getParent();
        return Stream.of("", "lib", "../lib").anyMatch(place -> Files.exists(directory.resolve(place).resolve(file)));
    }

    private static int lineOf(String text, String module) {
        Matcher line = Pattern.compile("(?m)^\\s*(?:use|require|import|from)\\b.*\\b" + Pattern.quote(module) + "\\b").matcher(text);
        return line.find() ? (int) text.substring(0, line.start()).chars().filter(c -> c == '\n').count() + 1 : 0;
    }

    /** The lines that a program prints; none if it fails. */
    private static List<String> run(List<String> command, Path directory) throws IOException {
        Process process = new ProcessBuilder(command).directory(directory.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        process.getOutputStream().close();
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        try {
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0 ? lines : List.of();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            return List.of();
        }
    }

    private List<String> route() {
        if (scripts == 0) {
            return List.of();
        }
        var lines = new ArrayList<String>();
        if (Files.isDirectory(path)) {
            lines.add("- path: " + Yaml.text("/" + path.getFileName() + "/**"));
            lines.add("  handler: cgi");
            lines.add("  root: " + Yaml.text(path.toString()));
            if (!byEnding.isEmpty()) {
                lines.add("  interpreters: " + byEnding);
                lines.set(lines.size() - 1, lines.getLast().replace("=", ": "));
            }
        } else if (Files.isExecutable(path)) {
            lines.add("- path: " + Yaml.text("/" + path.getFileName() + "/**"));
            lines.add("  handler: cgi");
            lines.add("  script: " + Yaml.text(path.toString()));
        }
        return lines;
    }
}

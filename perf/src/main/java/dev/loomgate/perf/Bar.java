package dev.loomgate.perf;

import java.util.ArrayList;
import java.util.List;

/**
 * A quality bar of the project, and whether this run met it.
 *
 * @param name what it is about
 * @param wanted what is asked
 * @param found what was found; or why it was not
 */
record Bar(String name, String wanted, Verdict verdict, String found) {
    /** Whether a bar is met. */
    enum Verdict {
        PASS("pass"), FAIL("fail"), NOT_MEASURED("not measured here");

        final String words;

        Verdict(String words) {
            this.words = words;
        }
    }

    /** All of them, from a run's figures. */
    static List<Bar> of(Results results) {
        var bars = new ArrayList<Bar>();
        bars.add(ratio(results, "A short text, beside nginx", "plaintext", "nginx", 0.9));
        bars.add(ratio(results, "A short text, beside Tomcat (virtual threads)", "plaintext", "tomcat-virtual", 2));
        bars.add(ratio(results, "A file of 1 KB, beside nginx", "static-1k", "nginx", 1));
        bars.add(ratio(results, "A file of 1 MB, beside nginx", "static-1m", "nginx", 1));
        bars.add(ratio(results, "10,000 requests wait 100 ms, beside 200 threads", Scenarios.MAIN, "loomgate-200", 10));
        bars.add(errors(results));
        bars.add(most(results, "Heap of an idle connection", "idle", "loomgate", 4096, "bytes"));
        bars.add(most(results, "Allocated for a short text", "allocation", "loomgate", 4096, "bytes"));
        bars.add(ratio(results, "Perl CGI script, processes kept, beside Apache mod_cgid", "perl", "loomgate-kept", "apache", 15));
        bars.add(ratio(results, "Python CGI script, processes kept, beside Apache mod_cgid", "python", "loomgate-kept", "apache", 20));
        bars.add(ratio(results, "Perl CGI script, a process each, beside Apache mod_cgid", "perl", "apache", 15));
        bars.add(ratio(results, "Python CGI script, a process each, beside Apache mod_cgid", "python", "apache", 20));
        bars.add(ratio(results, "CGI by fork and exec, beside lighttpd", "cgi", "lighttpd", 1));
        bars.add(ratio(results, "PHP over FastCGI, beside nginx", "php", "nginx-php", 1));
        bars.add(most(results, "Start to first answer", "start", "loomgate", 1000, "ms"));
        bars.add(most(results, "Start to first answer, with the AOT cache", "start", Plan.CACHED, 500, "ms"));
        bars.add(new Bar("Bad input, overload, dead backends", "a clear error; the server stays up",
                Verdict.NOT_MEASURED, "tests show it: mvn verify"));
        return bars;
    }

    private static Bar ratio(Results results, String name, String scenario, String other, double least) {
        return ratio(results, name, scenario, "loomgate", other, least);
    }

    private static Bar ratio(Results results, String name, String scenario, String server, String other, double least) {
        String wanted = "at least " + number(least) + " × as many";
        List<Double> own = results.figures(scenario, server);
        List<Double> others = results.figures(scenario, other);
        if (own.isEmpty() || others.isEmpty()) {
            return notMeasured(name, wanted, scenario);
        }
        double ratio = Statistics.ratio(own, others);
        long errors = results.errors(scenario, server);
        String found = Text.count(ratio) + " ×: " + Text.count(results.median(scenario, server)) + " and "
                + Text.count(results.median(scenario, other)) + " a second" + (errors > 0 ? ", with " + errors + " errors" : "");
        return new Bar(name, wanted, ratio >= least && errors == 0 ? Verdict.PASS : Verdict.FAIL, found);
    }

    private static Bar errors(Results results) {
        String name = "10,000 requests wait 100 ms, none fails";
        List<Turn> turns = results.of(Scenarios.MAIN, "loomgate");
        if (turns.isEmpty()) {
            return notMeasured(name, "no error, no time-out", Scenarios.MAIN);
        }
        long errors = results.errors(Scenarios.MAIN, "loomgate");
        long answers = turns.stream().mapToLong(turn -> turn.outcome().requests()).sum();
        return new Bar(name, "no error, no time-out", errors == 0 ? Verdict.PASS : Verdict.FAIL,
                errors + " of " + Text.count(answers + errors));
    }

    private static Bar most(Results results, String name, String scenario, String server, double most, String unit) {
        String wanted = "at most " + Text.count(most) + " " + unit;
        double median = results.median(scenario, server);
        if (Double.isNaN(median)) {
            return notMeasured(name, wanted, scenario);
        }
        return new Bar(name, wanted, median <= most ? Verdict.PASS : Verdict.FAIL, Text.count(median) + " " + unit);
    }

    private static Bar notMeasured(String name, String wanted, String scenario) {
        return new Bar(name, wanted, Verdict.NOT_MEASURED, "run scenario " + scenario);
    }

    private static String number(double value) {
        return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
    }
}

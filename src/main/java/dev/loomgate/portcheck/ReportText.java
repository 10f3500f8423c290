package dev.loomgate.portcheck;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;

/** A report for people, and for programs. */
public final class ReportText {
    /** How many places of one finding are shown to people. */
    private static final int MOST_PLACES = 5;

    private ReportText() {
    }

    /** Prints a report for people: each program with what was found, grouped, and the entry of routes that serves it. */
    public static void print(PortReport report, PrintWriter out) {
        for (Subject subject : report.subjects()) {
            out.println(subject.path() + ": " + subject.what());
            if (!subject.needsWork()) {
                out.println(subject.route().isEmpty() ? "  nothing here answers requests" : "  runs unmodified");
            }
            print("needs work", subject.findings(), Finding::needsWork, out);
            print("worth knowing", subject.findings(), finding -> !finding.needsWork(), out);
            if (!subject.route().isEmpty()) {
                out.println("  route");
                subject.route().forEach(line -> out.println("    " + line));
            }
            out.println();
        }
        long work = report.subjects().stream().filter(Subject::needsWork).count();
        long count = report.subjects().size();
        out.println(work == 0 ? (count == 1 ? "it needs no work" : "none of " + count + " needs work") : work + " of " + count
                + (work == 1 ? " needs work" : " need work"));
    }

    private static void print(String title, List<Finding> findings, Predicate<Finding> which, PrintWriter out) {
        Map<String, List<Finding>> groups = new LinkedHashMap<>();
        findings.stream().filter(which).forEach(finding ->
                groups.computeIfAbsent(finding.topic() + ": " + finding.advice(), key -> new java.util.ArrayList<>()).add(finding));
        if (groups.isEmpty()) {
            return;
        }
        out.println("  " + title);
        groups.forEach((text, group) -> {
            out.println("    " + text);
            List<String> places = group.stream().map(Finding::place).distinct().toList();
            places.stream().limit(MOST_PLACES).forEach(place -> out.println("      " + place));
            if (places.size() > MOST_PLACES) {
                out.println("      and " + (places.size() - MOST_PLACES) + " more");
            }
        });
    }

    /** A report as JSON: everything, in the words of the records. */
    public static String json(PortReport report) {
        JsonArrayBuilder subjects = Json.createArrayBuilder();
        for (Subject subject : report.subjects()) {
            JsonArrayBuilder findings = Json.createArrayBuilder();
            for (Finding finding : subject.findings()) {
                JsonObjectBuilder one = Json.createObjectBuilder().add("needs-work", finding.needsWork())
                        .add("topic", finding.topic()).add("advice", finding.advice()).add("where", finding.where());
                findings.add(finding.line() > 0 ? one.add("line", finding.line()) : one);
            }
            subjects.add(Json.createObjectBuilder().add("path", subject.path().toString()).add("what", subject.what())
                    .add("needs-work", subject.needsWork()).add("findings", findings)
                    .add("route", String.join("\n", subject.route())));
        }
        return Json.createObjectBuilder().add("needs-work", report.needsWork()).add("subjects", subjects).build().toString();
    }
}

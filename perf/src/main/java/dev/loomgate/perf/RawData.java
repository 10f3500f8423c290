package dev.loomgate.perf;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.loomgate.perf.load.Outcome;

/** Every turn, for programs. */
final class RawData {
    private RawData() {}

    static void csv(Results results, Path file) throws IOException {
        try (var out = new PrintStream(Files.newOutputStream(file), false, StandardCharsets.UTF_8)) {
            out.print("scenario,server,round,tool,figure,unit,seconds,requests,errors,p50_ms,p90_ms,p99_ms,p99.9_ms,max_ms,"
                    + "cpu_user_s,cpu_system_s,context_switches,peak_memory_bytes,server_core_busy,load_core_busy\n");
            for (Turn turn : results.turns()) {
                Outcome outcome = turn.outcome();
                out.print(turn.scenario() + "," + turn.server() + "," + turn.round() + "," + turn.tool() + "," + turn.figure() + ","
                        + Scenarios.named(turn.scenario()).kind().unit);
                if (outcome == null) {
                    out.print(",".repeat(14));
                } else {
                    out.print("," + outcome.seconds() + "," + outcome.requests() + "," + outcome.failed());
                    for (double percentile : new double[] {50, 90, 99, 99.9, 100}) {
                        double millis = outcome.millisAt(percentile);
                        out.print("," + (Double.isNaN(millis) ? "" : millis));
                    }
                    out.printf(java.util.Locale.ROOT, ",%.2f,%.2f,%d,%d,%.3f,%.3f", turn.usage().userSeconds(),
                            turn.usage().systemSeconds(), turn.usage().switches(), turn.usage().peakMemory(), turn.serverBusy(),
                            turn.loadBusy());
                }
                out.print("\n");
            }
        }
    }

    static void json(Results results, Path file) throws IOException {
        try (JsonGenerator json = new JsonFactory().createGenerator(file.toFile(), JsonEncoding.UTF8).useDefaultPrettyPrinter()) {
            json.writeStartObject();
            object(json, "facts", results.facts());
            object(json, "versions", results.versions());
            object(json, "commands", results.commands());
            json.writeArrayFieldStart("bars");
            for (Bar bar : Bar.of(results)) {
                json.writeStartObject();
                json.writeStringField("name", bar.name());
                json.writeStringField("wanted", bar.wanted());
                json.writeStringField("verdict", bar.verdict().words);
                json.writeStringField("found", bar.found());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayFieldStart("turns");
            for (Turn turn : results.turns()) {
                turn(json, turn);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("leftOut");
            for (String failure : results.failures()) {
                json.writeString(failure);
            }
            for (String skipped : results.plan().skipped()) {
                json.writeString(skipped);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    private static void object(JsonGenerator json, String name, Map<String, String> values) throws IOException {
        json.writeObjectFieldStart(name);
        for (var entry : values.entrySet()) {
            json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
    }

    private static void turn(JsonGenerator json, Turn turn) throws IOException {
        json.writeStartObject();
        json.writeStringField("scenario", turn.scenario());
        json.writeStringField("server", turn.server());
        json.writeNumberField("round", turn.round());
        json.writeStringField("tool", turn.tool());
        json.writeNumberField("figure", turn.figure());
        json.writeStringField("unit", Scenarios.named(turn.scenario()).kind().unit);
        Outcome outcome = turn.outcome();
        if (outcome != null) {
            json.writeNumberField("seconds", outcome.seconds());
            json.writeNumberField("requests", outcome.requests());
            json.writeObjectFieldStart("errors");
            for (var error : outcome.errors().entrySet()) {
                json.writeNumberField(error.getKey(), error.getValue());
            }
            json.writeEndObject();
            json.writeObjectFieldStart("latencyMillis");
            for (int i = 0; i < Outcome.PERCENTILES.length; i++) {
                if (!Double.isNaN(outcome.millis()[i])) {
                    json.writeNumberField(String.valueOf(Outcome.PERCENTILES[i]), outcome.millis()[i]);
                }
            }
            json.writeEndObject();
            json.writeNumberField("cpuUserSeconds", turn.usage().userSeconds());
            json.writeNumberField("cpuSystemSeconds", turn.usage().systemSeconds());
            json.writeNumberField("contextSwitches", turn.usage().switches());
            json.writeNumberField("peakMemoryBytes", turn.usage().peakMemory());
            json.writeNumberField("serverCoreBusy", turn.serverBusy());
            json.writeNumberField("loadCoreBusy", turn.loadBusy());
        }
        json.writeEndObject();
    }
}

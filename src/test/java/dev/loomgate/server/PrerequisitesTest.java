package dev.loomgate.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrerequisitesTest {
    @TempDir
    Path directory;

    private Path script(String name, String text) throws IOException {
        Path file = Files.writeString(Files.createDirectories(directory.resolve("cgi")).resolve(name), text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file;
    }

    @Test
    void readsTheFirstLineOfAScript() throws IOException {
        assertThat(Prerequisites.interpreterOf(script("a", "#!/bin/sh\n"))).contains("/bin/sh");
        assertThat(Prerequisites.interpreterOf(script("b", "#! /usr/bin/perl -T -w\r\nuse strict;"))).contains("/usr/bin/perl");
        assertThat(Prerequisites.interpreterOf(script("c", "#!/usr/bin/env python3\n"))).contains("python3");
        assertThat(Prerequisites.interpreterOf(script("d", "#!/usr/bin/env -S A=b perl -w\n"))).contains("perl");
        assertThat(Prerequisites.interpreterOf(script("e", "\u007fELF"))).isEmpty();
        assertThat(Prerequisites.interpreterOf(script("f", ""))).isEmpty();
        assertThat(Prerequisites.interpreterOf(script("g", "#!"))).isEmpty();
    }

    @Test
    void namesProgramsThatScriptsNeedAndThisMachineLacks() throws Exception {
        script("ok.sh", "#!/bin/sh\n");
        script("a.cgi", "#!/opt/absent/bin/perl6\n");
        script("b.cgi", "#!/opt/absent/bin/perl6\n");
        script("c.cgi", "#!/usr/bin/env absent-language\n");
        script("d.cgi", "#!/opt/moved/bin/sh\n");
        script("e.absent", "#!/opt/covered/by/interpreters\n");
        Path yaml = Files.writeString(directory.resolve("test.yaml"), """
                routes:
                - path: /cgi-bin/**
                  handler: cgi
                  root: cgi
                  interpreters: {.absent: absent-interpreter}
                """);
        try (Plan plan = Plan.read(yaml)) {
            assertThat(plan.missing()).extracting(Missing::toString).containsExactly(
                    "absent-interpreter is missing, needed by files .absent of route /cgi-bin/**; on Debian: apt-get install "
                            + "absent-interpreter",
                    "/opt/absent/bin/perl6 is missing, needed by a.cgi, b.cgi; on Debian: apt-get install perl6",
                    "absent-language is missing, needed by c.cgi; on Debian: apt-get install absent-language",
                    "/opt/moved/bin/sh is missing, needed by d.cgi; it is at " + Programs.find("sh").orElseThrow()
                            + " here; correct the path");
        }
    }
}

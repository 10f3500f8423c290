package dev.loomgate.gateway.mainprogram;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

import io.helidon.webserver.http.Handler;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

import dev.loomgate.gateway.CgiConformance;
import dev.loomgate.gateway.GatewaySettings;
import dev.loomgate.gateway.ScriptResolver;

/**
 * The conformance suite with a Java program as the script: it has the suite's own script do the work, and passes on what that
 * reads and writes. So what the suite asks of the environment, standard input and standard output is asked of the program's.
 */
class MainProgramConformanceTest extends CgiConformance {
    private static final String PROGRAM = """
            import java.io.*;
            public class RunScript {
                static void copy(InputStream in, OutputStream out) throws IOException {
                    byte[] piece = new byte[8192];
                    for (int n = in.read(piece); n >= 0; n = in.read(piece)) { out.write(piece, 0, n); out.flush(); }
                }
                public static void main(String[] args) throws Exception {
                    File script = new File(System.getenv("SCRIPT_FILENAME"));
                    Process process = new ProcessBuilder(script.getPath()).directory(script.getParentFile())
                            .redirectError(ProcessBuilder.Redirect.DISCARD).start();
                    Thread input = new Thread(() -> {
                        try (OutputStream stdin = process.getOutputStream()) { copy(System.in, stdin); }
                        catch (IOException e) { /* the script has read enough */ }
                        finally { try { System.in.close(); } catch (IOException e) { } }
                    });
                    input.setDaemon(true);
                    input.start();
                    copy(process.getInputStream(), System.out);
                    System.exit(process.waitFor());
                }
            }
            """;

    @TempDir
    private static Path directory;
    private static Path program;

    @BeforeAll
    static void compile() throws IOException {
        program = ProgramSource.jar(directory, "RunScript", PROGRAM);
    }

    @Override
    protected Handler gateway(ScriptResolver resolver, Options options) {
        return new MainProgramGateway(resolver, ProgramSettings.of(program).withGateway(GatewaySettings.defaults()
                .withEnvironment(options.environment()).withPassAuthorization(options.passAuthorization())
                .withDocumentRoot(Optional.of(options.documentRoot()))));
    }
}

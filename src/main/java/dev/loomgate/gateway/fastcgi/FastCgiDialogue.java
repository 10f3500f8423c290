package dev.loomgate.gateway.fastcgi;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

import io.helidon.http.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.loomgate.gateway.Dialogue;
import dev.loomgate.gateway.GatewayException;
import dev.loomgate.gateway.ScriptFailedException;
import dev.loomgate.gateway.StderrLog;
import dev.loomgate.upstream.Connection;

/** One request on a connection, which can be kept when it has been answered to its end. */
final class FastCgiDialogue implements Dialogue {
    private static final Logger LOGGER = LoggerFactory.getLogger(FastCgiDialogue.class);
    private static final Duration OVERLOADED = Duration.ofSeconds(1);
    private static final int COMPLETE = 0;
    private static final int CANT_MULTIPLEX = 1;
    private static final int OVERLOAD = 2;
    private static final int UNKNOWN_ROLE = 3;

    private final Connection connection;
    private final Role role;
    private final Path script;
    private final Map<String, String> variables;
    private final boolean keep;
    private final RecordReader records;
    private final byte[] end = new byte[8];
    private int endLength;
    private int exitStatus;
    private volatile boolean ended;
    private volatile boolean begun;
    private StderrLog errors;
    private volatile boolean sent;
    private volatile boolean closed;

    /** A request for this script, or about it, on a connection that is to be kept or not. */
    FastCgiDialogue(Connection connection, Role role, Path script, Map<String, String> variables, boolean keep) {
        this.connection = connection;
        this.role = role;
        this.script = script;
        this.variables = variables;
        this.keep = keep;
        this.records = new RecordReader(connection::read);
    }

    @Override
    public void begin(byte[] body, int length, boolean whole) throws IOException {
        begun = true;
        connection.write(RecordWriter.request(role, variables, body, length, whole, keep));
        sent = whole;
    }

    @Override
    public void send(byte[] body, int length) throws IOException {
        connection.write(RecordWriter.stdin(body, length));
    }

    @Override
    public void endOfBody() throws IOException {
        connection.write(RecordWriter.stdin(new byte[0], 0));
        sent = true;
    }

    @Override
    public void await() throws IOException {
        // what is no output is dealt with in small pieces
        while (!ended && !hasOutput()) {
            step();
        }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        while (true) {
            if (ended) {
                return -1;
            }
            if (!hasOutput()) {
                step();
                continue;
            }
            int n = records.readContent(bytes, offset, length);
            if (n < 0) {
                throw new RecordReader.EndOfRecordsException();
            }
            return n;
        }
    }

    private boolean hasOutput() {
        return records.hasContent() && records.type() == RecordType.STDOUT;
    }

    @Override
    public boolean pauses(Duration patience) throws IOException {
        while (!ended) {
            boolean output = hasOutput();
            if (!records.isComplete() && connection.pauses(patience)) {
                return true;
            }
            if (output) {
                return false;
            }
            step();
        }
        return false;
    }

    /** Deals with what is no output; one read at most. */
    private void step() throws IOException {
        if (records.hasContent()) {
            other();
            return;
        }
        RecordReader.Step step = records.advance();
        if (step == RecordReader.Step.RECORD_BEGUN && records.requestId() > 1) {
            throw new IOException("it answered a request " + records.requestId() + " that it was not asked");
        }
        if (step == RecordReader.Step.RECORD_ENDED && records.type() == RecordType.END_REQUEST) {
            conclude();
        }
    }

    private void other() throws IOException {
        switch (records.type()) {
            case RecordType.STDERR -> {
                byte[] text = new byte[Math.min(records.contentLeft(), 1024)];
                int n = records.readContent(text, 0, text.length);
                requireMore(n);
                if (errors == null) {
                    errors = new StderrLog(script);
                }
                errors.accept(text, 0, n);
            }
            case RecordType.END_REQUEST -> {
                int n = records.readContent(end, endLength, end.length - endLength);
                requireMore(n);
                endLength += n;
                if (endLength == end.length && records.hasContent()) {
                    throw new IOException("its END_REQUEST is longer than 8 bytes");
                }
            }
            default -> requireMore(records.readContent(new byte[256], 0, 256));
        }
    }

    private static void requireMore(int n) throws IOException {
        if (n < 0) {
            throw new RecordReader.EndOfRecordsException();
        }
    }

    /** Section 5.5. */
    private void conclude() throws IOException {
        ended = true;
        switch (end[4]) {
            case COMPLETE -> {
                exitStatus = (end[0] & 0xFF) << 24 | (end[1] & 0xFF) << 16 | (end[2] & 0xFF) << 8 | end[3] & 0xFF;
                if (exitStatus != 0) {
                    LOGGER.atWarn().addKeyValue("script", script).log("script answered, but it exited with status {}", exitStatus);
                }
            }
            case OVERLOAD -> throw new ScriptFailedException(new GatewayException(Status.SERVICE_UNAVAILABLE_503,
                    "the program says that it is overloaded", OVERLOADED, null));
            case CANT_MULTIPLEX -> throw refused("that it can't work on several requests of one connection, which it was not asked");
            case UNKNOWN_ROLE -> throw refused("that it does not know the role of " + role.doubt());
            default -> throw refused("something that the protocol does not know: " + end[4]);
        }
    }

    private static ScriptFailedException refused(String what) {
        return new ScriptFailedException(new GatewayException(Status.BAD_GATEWAY_502, "the program says " + what));
    }

    /** Status that the program ended the request with, once its output has been read to the end. */
    int exitStatus() {
        return exitStatus;
    }

    @Override
    public void confirmEnd() {
        // without END_REQUEST there is no end
    }

    @Override
    public boolean isSent() {
        return connection.hasWritten();
    }

    @Override
    public boolean isAnswered() {
        return connection.isAnswered();
    }

    @Override
    public boolean isReused() {
        return connection.isReused();
    }

    @Override
    public boolean isReusable() {
        return keep && ended && sent && !closed;
    }

    @Override
    public void close() {
        if (begun && !ended && !closed) {
            connection.tell(RecordWriter.abort());
        }
        closed = true;
        connection.close();
    }

    @Override
    public void done() {
        if (errors != null) {
            errors.close();
        }
    }
}

package dev.loomgate.gateway.servlet;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import io.helidon.common.socket.SocketWriterException;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import org.apache.tomcat.util.net.AbstractEndpoint;
import org.apache.tomcat.util.net.ApplicationBufferHandler;
import org.apache.tomcat.util.net.SSLSupport;
import org.apache.tomcat.util.net.SendfileDataBase;
import org.apache.tomcat.util.net.SendfileState;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection as Tomcat's upgraded protocols use it. Reading and writing park; what Tomcat calls non-blocking reads finds what
 * the connection's thread has read ahead. Safe for use by many threads.
 */
final class UpgradedSocket extends SocketWrapperBase<Object> {
    private static final Logger LOGGER = LoggerFactory.getLogger(UpgradedSocket.class);
    /** So little waits with an idle connection. */
    private static final int AHEAD = 1024;

    private final InputStream in;
    private final OutputStream out;
    private final Consumer<SocketEvent> dispatches;
    // who waits for the client holds it: one that must not wait tries, see lockUnlessWaiting
    private final ReentrantLock reading = new ReentrantLock();
    private volatile boolean waiting;
    private final Condition taken = reading.newCondition();
    private final ReentrantLock writing = new ReentrantLock();
    private final byte[] bytes = new byte[AHEAD];
    private int start;
    private int end;
    private boolean ended;

    /** @param dispatches has an event processed, on a thread of its own */
    UpgradedSocket(AbstractEndpoint<Object, ?> endpoint, ServerRequest request, InputStream in, OutputStream out,
                   Consumer<SocketEvent> dispatches) {
        super(new Object(), endpoint);
        this.in = in;
        this.out = out;
        this.dispatches = dispatches;
        remoteAddr = request.remotePeer().host();
        remoteHost = remoteAddr;
        remotePort = request.remotePeer().port();
        localAddr = request.localPeer().host();
        localName = localAddr;
        localPort = request.localPeer().port();
        servletConnection = RequestHead.connection(request);
    }

    /**
     * Waits until there is something new to read, or the end of it: until what was read before has been taken, and the client has
     * sent more.
     *
     * @return false if the connection has been closed
     */
    boolean awaitBytes() throws IOException, InterruptedException {
        reading.lockInterruptibly();
        try {
            while ((start < end || ended) && !isClosed()) {
                taken.await();
            }
            return !isClosed() && (fill() || !isClosed());
        } finally {
            reading.unlock();
        }
    }

    private boolean fill() throws IOException {
        waiting = true;
        try {
            int count = in.read(bytes, 0, AHEAD);
            start = 0;
            end = Math.max(count, 0);
            ended = count < 0;
            return !ended;
        } catch (CloseConnectionException e) {
            throw new IOException("the client has gone: " + e.getMessage(), e);
        } finally {
            waiting = false;
        }
    }

    /**
     * Locks, unless somebody waits for the client: then there is nothing to read. Whoever else has the lock has it for a moment, and
     * must not be taken for one who waits: what is there would be found by nobody.
     */
    private boolean lockUnlessWaiting() {
        while (!reading.tryLock()) {
            if (waiting) {
                return false;
            }
            Thread.yield();
        }
        return true;
    }

    @Override
    public int read(boolean block, byte[] into, int offset, int length) throws IOException {
        return read(block, ByteBuffer.wrap(into, offset, length));
    }

    @Override
    public int read(boolean block, ByteBuffer into) throws IOException {
        if (block) {
            reading.lock();
        } else if (!lockUnlessWaiting()) {
            return 0;
        }
        try {
            if (start == end && block && !ended) {
                fill();
            }
            if (start == end) {
                return ended ? -1 : 0;
            }
            int count = Math.min(into.remaining(), end - start);
            into.put(bytes, start, count);
            start += count;
            if (start == end) {
                taken.signalAll();
            }
            return count;
        } finally {
            reading.unlock();
        }
    }

    @Override
    public boolean isReadyForRead() {
        if (!lockUnlessWaiting()) {
            return false;
        }
        try {
            return start < end || ended;
        } finally {
            reading.unlock();
        }
    }

    @Override
    public void unRead(ByteBuffer returned) {
        if (returned != null && returned.hasRemaining()) {
            throw new IllegalStateException("what came with the request is read from the connection");
        }
    }

    // ---- writing

    @Override
    protected void writeBlocking(byte[] from, int offset, int length) throws IOException {
        doWrite(true, ByteBuffer.wrap(from, offset, length));
    }

    @Override
    protected void writeBlocking(ByteBuffer from) throws IOException {
        doWrite(true, from);
    }

    @Override
    protected void writeNonBlocking(byte[] from, int offset, int length) throws IOException {
        doWrite(false, ByteBuffer.wrap(from, offset, length));
    }

    @Override
    protected void writeNonBlocking(ByteBuffer from) throws IOException {
        doWrite(false, from);
    }

    @Override
    protected void doWrite(boolean block, ByteBuffer from) throws IOException {
        byte[] piece = new byte[from.remaining()];
        from.get(piece);
        toClient(() -> out.write(piece));
    }

    @Override
    protected void flushBlocking() throws IOException {
        toClient(out::flush);
    }

    @Override
    protected boolean flushNonBlocking() throws IOException {
        flushBlocking();
        return false;
    }

    private interface ClientWrite {
        void run() throws IOException;
    }

    private void toClient(ClientWrite write) throws IOException {
        writing.lock();
        try {
            write.run();
        } catch (CloseConnectionException | SocketWriterException e) {
            throw new IOException("the client has gone: " + e.getMessage(), e);
        } finally {
            writing.unlock();
        }
    }

    @Override
    public boolean hasDataToWrite() {
        return false;
    }

    @Override
    public boolean isReadyForWrite() {
        return true;
    }

    @Override
    public boolean canWrite() {
        return true;
    }

    // ---- events

    @Override
    public void registerReadInterest() {
        // the connection's thread always looks
    }

    @Override
    public void registerWriteInterest() {
        dispatches.accept(SocketEvent.OPEN_WRITE);
    }

    @Override
    public void processSocket(SocketEvent event, boolean dispatch) {
        dispatches.accept(event);
    }

    @Override
    public void execute(Runnable task) {
        Thread.ofVirtual().name("servlet-upgraded").start(task);
    }

    @Override
    protected void doClose() {
        try {
            // whoever waits for the client stops waiting
            in.close();
        } catch (IOException e) {
            LOGGER.debug("a connection could not be closed", e);
        }
        // who waits for the client has just been woken, and looks whether it is closed by itself
        if (lockUnlessWaiting()) {
            try {
                taken.signalAll();
            } finally {
                reading.unlock();
            }
        }
    }

    // ---- what an upgraded protocol has no use for

    @Override
    public void setAppReadBufHandler(ApplicationBufferHandler handler) {
        throw new UnsupportedOperationException("only for HTTP/1.1");
    }

    @Override
    public SendfileDataBase createSendfileData(String filename, long position, long length) {
        throw new UnsupportedOperationException("only for HTTP");
    }

    @Override
    public SendfileState processSendfile(SendfileDataBase sendfileData) {
        throw new UnsupportedOperationException("only for HTTP");
    }

    @Override
    public void doClientAuth(SSLSupport sslSupport) {
        throw new UnsupportedOperationException("TLS is the listener's");
    }

    @Override
    public SSLSupport getSslSupport() {
        return null;
    }

    @Override
    protected <A> OperationState<A> newOperationState(boolean read, ByteBuffer[] buffers, int offset, int length,
            BlockingMode block, long timeout, TimeUnit unit, A attachment, CompletionCheck check,
            CompletionHandler<Long, ? super A> handler, Semaphore semaphore, VectoredIOCompletionHandler<A> completion) {
        throw new UnsupportedOperationException("there is no asynchronous I/O: a thread parks instead");
    }

    @Override
    protected void populateRemoteHost() {
        // known from the beginning
    }

    @Override
    protected void populateRemoteAddr() {
        // known from the beginning
    }

    @Override
    protected void populateRemotePort() {
        // known from the beginning
    }

    @Override
    protected void populateLocalName() {
        // known from the beginning
    }

    @Override
    protected void populateLocalAddr() {
        // known from the beginning
    }

    @Override
    protected void populateLocalPort() {
        // known from the beginning
    }
}

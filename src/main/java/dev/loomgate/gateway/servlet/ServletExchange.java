package dev.loomgate.gateway.servlet;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.Iterator;

import dev.loomgate.transport.Takeover;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.ServletConnection;
import org.apache.coyote.AbstractProcessor;
import org.apache.coyote.ActionCode;
import org.apache.coyote.Adapter;
import org.apache.coyote.ContinueResponseTiming;
import org.apache.coyote.ErrorState;
import org.apache.coyote.OutputBuffer;
import org.apache.coyote.UpgradeToken;
import org.apache.juli.logging.Log;
import org.apache.juli.logging.LogFactory;
import org.apache.tomcat.util.buf.ByteChunk;
import org.apache.tomcat.util.buf.MessageBytes;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.DispatchType;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;

/**
 * One request on its way through Tomcat's container, on the request's own thread from beginning to end: where Tomcat would
 * give an asynchronous request back to its selector, this parks. Made once and used for one request after the other, because
 * Tomcat's request and response are a hundred objects.
 */
final class ServletExchange extends AbstractProcessor {
    private static final Log LOG = LogFactory.getLog(ServletExchange.class);

    private final RequestContent content = new RequestContent();
    private final ResponseContent output = new ResponseContent();
    private final AsyncEvents events = new AsyncEvents();
    private final UpgradedConnections connections;
    private final boolean authorized;
    private ServerRequest incoming;
    private ServerResponse outgoing;
    private boolean finished;
    private UpgradeToken upgrade;

    /**
     * For one request after the other.
     *
     * @param connections those that the application has upgraded
     * @param authorized  as in {@link ServletSettings}
     */
    ServletExchange(Adapter adapter, UpgradedConnections connections, boolean authorized) {
        super(adapter);
        this.connections = connections;
        this.authorized = authorized;
        request.setInputBuffer(content);
        response.setOutputBuffer(new OutputBuffer() {
            @Override
            public int doWrite(ByteBuffer chunk) throws IOException {
                return write(chunk);
            }

            @Override
            public long getBytesWritten() {
                return output.written();
            }
        });
    }

    private int write(ByteBuffer chunk) throws IOException {
        try {
            if (!response.isCommitted()) {
                prepareResponse();
            }
            return output.write(chunk);
        } catch (IOException e) {
            setErrorState(ErrorState.CLOSE_CONNECTION_NOW, e);
            throw e;
        }
    }

    /**
     * Serves a request.
     *
     * @param uri path as the client sent it, with its parameters
     * @throws HttpException            if the request is not one that Tomcat can serve
     * @throws CloseConnectionException if the response can't be completed
     */
    void serve(ServerRequest newRequest, ServerResponse newResponse, String uri) {
        incoming = newRequest;
        outgoing = newResponse;
        try {
            content.begin(newRequest, request);
            output.begin(newResponse);
            RequestHead.fill(request, newRequest, uri, authorized);
            MessageBytes host = request.getMimeHeaders().getValue("host");
            parseHost(host);
            if (getErrorState().isError()) {
                throw new HttpException("Bad Request: the Host field is not a host", Status.BAD_REQUEST_400, false);
            }
            service();
            if (isAsync()) {
                await();
            }
            end();
        } finally {
            recycle();
        }
    }

    private void service() {
        try {
            getAdapter().service(request, response);
        } catch (InterruptedIOException e) {
            setErrorState(ErrorState.CLOSE_CONNECTION_NOW, e);
        } catch (Exception | StackOverflowError | LinkageError | AssertionError e) {
            LOG.error("request failed in the container", e);
            response.setStatus(500);
            setErrorState(ErrorState.CLOSE_CLEAN, e);
            getAdapter().log(request, response, 0);
        }
        if (!isAsync() || getErrorState().isError()) {
            complete();
        }
    }

    /** What the connectors of Tomcat do when a thread leaves an asynchronous request, and when another takes it up. */
    private void await() {
        try {
            events.begin();
            SocketState state = getErrorState().isError() ? SocketState.CLOSED : asyncPostProcess();
            while (state != SocketState.CLOSED) {
                state = dispatch(state == SocketState.ASYNC_END ? SocketEvent.OPEN_READ : next());
                if (isAsync() && state != SocketState.CLOSED) {
                    events.begin();
                    state = asyncPostProcess();
                }
            }
        } catch (IOException e) {
            setErrorState(ErrorState.CLOSE_CONNECTION_NOW, e);
        }
        complete();
    }

    private SocketEvent next() {
        Iterator<DispatchType> dispatches = getIteratorAndClearDispatches();
        if (dispatches != null) {
            SocketEvent first = dispatches.next().getSocketStatus();
            dispatches.forEachRemaining(later -> events.post(later.getSocketStatus()));
            return first;
        }
        try {
            return events.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            if (request.getAttribute(RequestDispatcher.ERROR_EXCEPTION) == null) {
                // Tomcat would ask its socket for it
                request.setAttribute(RequestDispatcher.ERROR_EXCEPTION,
                        new InterruptedIOException("the time of the request is over, or the server stops"));
            }
            return SocketEvent.ERROR;
        }
    }

    private void complete() {
        if (getErrorState().isIoAllowed()) {
            action(ActionCode.CLOSE, null);
        }
    }

    /** Tells the connection how it ended. */
    private void end() {
        if (output.isBroken()) {
            throw new CloseConnectionException("the response is incomplete", response.getErrorException());
        }
        if (!finished && content.refusal() != null) {
            throw content.refusal();
        }
        if (!finished) {
            throw new CloseConnectionException("the request was broken off", response.getErrorException());
        }
    }

    @Override
    public void recycle() {
        getAdapter().checkRecycled(request, response);
        super.recycle();
        request.recycle();
        response.recycle();
        content.recycle();
        output.recycle();
        events.clear();
        clearDispatches();
        incoming = null;
        outgoing = null;
        finished = false;
        upgrade = null;
    }

    @Override
    protected void prepareResponse() throws IOException {
        if (content.refusal() != null && response.isError()) {
            // the server says in its own words why it did not take the body
            output.drop();
            response.setCommitted(true);
            return;
        }
        response.setCommitted(true);
        ResponseHead.write(request, response, outgoing);
        if (upgrade != null && outgoing instanceof Takeover connection) {
            output.end();
            connection.takeOver(new UpgradedConnection(upgrade, incoming, connections));
            return;
        }
        int status = response.getStatus();
        boolean hasBody = !ResponseHead.isBodiless(status) && !"HEAD".equals(request.getMethod());
        output.commit(request, response.getContentLengthLong(), hasBody, response.getTrailerFields());
    }

    @Override
    protected void finishResponse() throws IOException {
        if (!finished && !(content.refusal() != null && response.isError())) {
            output.finish();
            finished = true;
        }
    }

    @Override
    protected void flush() throws IOException {
        output.flush();
    }

    @Override
    protected void setSwallowResponse() {
        output.drop();
    }

    @Override
    protected void disableSwallowRequest() {
        content.abandon();
    }

    @Override
    protected void setRequestBody(ByteChunk body) {
        content.replay(body);
    }

    @Override
    protected void ack(ContinueResponseTiming timing) {
        // a client that waits for it is told when its body is read
    }

    @Override
    protected void earlyHints() {
        // not passed on: a hint is never needed
    }

    @Override
    protected int available(boolean doRead) {
        if (doRead) {
            try {
                content.fill();
            } catch (IOException e) {
                // the read that follows reports it
                return 1;
            }
        }
        return content.available();
    }

    @Override
    protected boolean isRequestBodyFullyRead() {
        return content.isFullyRead();
    }

    /** Reading does not fail for want of bytes, it parks; so there is always something to be ready for. */
    @Override
    protected boolean isReadyForRead() {
        return available(true) > 0;
    }

    @Override
    protected void registerReadInterest() {
        events.post(SocketEvent.OPEN_READ);
    }

    @Override
    protected boolean isReadyForWrite() {
        return true;
    }

    @Override
    protected boolean flushBufferedWrite() {
        return false;
    }

    @Override
    protected SocketState dispatchEndRequest() {
        return SocketState.CLOSED;
    }

    @Override
    protected void executeDispatches() {
        Iterator<DispatchType> dispatches = getIteratorAndClearDispatches();
        if (dispatches != null) {
            dispatches.forEachRemaining(dispatch -> events.post(dispatch.getSocketStatus()));
        }
    }

    @Override
    protected void processSocketEvent(SocketEvent event, boolean dispatch) {
        events.post(event);
    }

    @Override
    public void setAsyncTimeout(long timeout) {
        super.setAsyncTimeout(timeout);
        events.limit(timeout);
    }

    @Override
    protected void execute(Runnable runnable) {
        Thread.ofVirtual().name("servlet-async").start(runnable);
    }

    @Override
    protected boolean getPopulateRequestAttributesFromSocket() {
        return false;
    }

    @Override
    protected void populateRequestAttributeRemoteHost() {
        request.remoteHost().setString(request.remoteAddr().toString());
    }

    @Override
    protected void populatePort() {
        request.setServerPort(request.getLocalPort());
    }

    @Override
    protected boolean isTrailerFieldsReady() {
        return content.areTrailersKnown();
    }

    @Override
    protected boolean isTrailerFieldsSupported() {
        return !request.protocol().equals("HTTP/1.0");
    }

    @Override
    protected ServletConnection getServletConnection() {
        return RequestHead.connection(incoming);
    }

    @Override
    protected Log getLog() {
        return LOG;
    }

    @Override
    protected SocketState service(SocketWrapperBase<?> socketWrapper) {
        throw new UnsupportedOperationException("there is no socket");
    }

    @Override
    protected void doHttpUpgrade(UpgradeToken token) {
        if (!(outgoing instanceof Takeover)) {
            throw new UnsupportedOperationException("only a connection of HTTP/1.1 can be upgraded");
        }
        upgrade = token;
    }

    @Override
    public UpgradeToken getUpgradeToken() {
        return upgrade;
    }

    @Override
    public boolean isUpgrade() {
        return upgrade != null;
    }

    @Override
    public void pause() {
    }
}

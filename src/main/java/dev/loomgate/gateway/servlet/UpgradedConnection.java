package dev.loomgate.gateway.servlet;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Iterator;

import dev.loomgate.transport.Takeover;
import io.helidon.webserver.http.ServerRequest;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpUpgradeHandler;
import jakarta.servlet.http.WebConnection;
import org.apache.coyote.UpgradeToken;
import org.apache.coyote.http11.upgrade.InternalHttpUpgradeHandler;
import org.apache.coyote.http11.upgrade.UpgradeProcessorBase;
import org.apache.coyote.http11.upgrade.UpgradeProcessorExternal;
import org.apache.coyote.http11.upgrade.UpgradeProcessorInternal;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.DispatchType;
import org.apache.tomcat.util.net.SocketEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection that an application has upgraded to a protocol of its own, or to WebSocket (RFC 6455), until it ends. */
final class UpgradedConnection implements Takeover.Protocol {
    private static final Logger LOGGER = LoggerFactory.getLogger(UpgradedConnection.class);

    private final UpgradeToken token;
    private final ServerRequest request;
    private final UpgradedConnections all;
    private UpgradedSocket socket;
    /** Tomcat has no type for both kinds. */
    private UpgradeProcessorBase processor;

    /** @param all those of the version of the application */
    UpgradedConnection(UpgradeToken token, ServerRequest request, UpgradedConnections all) {
        this.token = token;
        this.request = request;
        this.all = all;
    }

    @Override
    public void run(InputStream in, OutputStream out) throws IOException {
        HttpUpgradeHandler handler = token.httpUpgradeHandler();
        socket = new UpgradedSocket(new UpgradeEndpoint(), request, in, out, event ->
                Thread.ofVirtual().name("servlet-upgraded").start(() -> dispatch(event)));
        if (!all.add(this)) {
            return;
        }
        try {
            processor = handler instanceof InternalHttpUpgradeHandler ? new UpgradeProcessorInternal(socket, token, null)
                    : new UpgradeProcessorExternal(socket, token, null);
            socket.setCurrentProcessor(processor);
            bound(() -> handler.init(connection()));
            SocketState state = begin();
            while (state != SocketState.CLOSED && socket.awaitBytes()) {
                state = dispatch(SocketEvent.OPEN_READ);
            }
        } catch (InterruptedException e) {
            // the server stops
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOGGER.atError().addKeyValue("protocol", token.protocol()).addKeyValue("client", request.remotePeer().host())
                    .setCause(e).log("an upgraded connection failed");
        } finally {
            end(handler);
        }
    }

    /** Ends it, because the application ends. One of WebSocket has been told so by then, and its client as well. */
    void stop() {
        socket.close();
    }

    private void end(HttpUpgradeHandler handler) {
        try {
            if (!socket.isClosed()) {
                dispatch(SocketEvent.ERROR);
            }
            socket.close();
            bound(handler::destroy);
            if (token.instanceManager() != null) {
                token.instanceManager().destroyInstance(handler);
            }
        } catch (RuntimeException | ReflectiveOperationException e) {
            LOGGER.atDebug().addKeyValue("protocol", token.protocol()).setCause(e)
                    .log("an upgraded connection did not end properly");
        } finally {
            all.remove(this);
        }
    }

    /** Has the handler process an event, and those that it asks for meanwhile; one at a time. */
    private SocketState dispatch(SocketEvent event) {
        socket.getLock().lock();
        try {
            SocketState state = processor.process(socket, event);
            if (state == SocketState.CLOSED) {
                socket.close();
            }
            return state;
        } catch (IOException e) {
            LOGGER.atDebug().addKeyValue("protocol", token.protocol()).setCause(e).log("an upgraded connection broke");
            socket.close();
            return SocketState.CLOSED;
        } finally {
            socket.getLock().unlock();
        }
    }

    /** What the handler has asked for at its beginning. */
    private SocketState begin() {
        SocketState state = SocketState.UPGRADED;
        Iterator<DispatchType> wanted = processor.getIteratorAndClearDispatches();
        while (wanted != null && wanted.hasNext() && state != SocketState.CLOSED) {
            state = dispatch(wanted.next().getSocketStatus());
        }
        return state;
    }

    /** Runs code of the application with its class loader and its names. */
    private void bound(Runnable code) {
        if (token.contextBind() == null) {
            code.run();
            return;
        }
        ClassLoader before = token.contextBind().bind(null);
        try {
            code.run();
        } finally {
            token.contextBind().unbind(before);
        }
    }

    /** Closing it closes the connection at once: there is no selector that would notice later that both streams are closed. */
    private WebConnection connection() {
        return new WebConnection() {
            @Override
            public ServletInputStream getInputStream() throws IOException {
                return processor.getInputStream();
            }

            @Override
            public ServletOutputStream getOutputStream() throws IOException {
                return processor.getOutputStream();
            }

            @Override
            public void close() throws Exception {
                processor.close();
                socket.close();
            }
        };
    }
}

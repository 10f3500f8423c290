package dev.loomgate.gateway.servlet;

import java.net.InetSocketAddress;

import org.apache.juli.logging.Log;
import org.apache.juli.logging.LogFactory;
import org.apache.tomcat.util.net.AbstractEndpoint;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketProcessorBase;
import org.apache.tomcat.util.net.SocketWrapperBase;

/** What Tomcat's sockets ask their endpoint for: there are no selectors, no pools and no counts of connections here. */
final class UpgradeEndpoint extends AbstractEndpoint<Object, Object> {
    private static final Log LOG = LogFactory.getLog(UpgradeEndpoint.class);

    UpgradeEndpoint() {
        setUseAsyncIO(false);
        setHandler(new Handler<>() {
            @Override
            public SocketState process(SocketWrapperBase<Object> socket, SocketEvent status) {
                throw new UnsupportedOperationException("the connection's thread does that");
            }

            @Override
            public Object getGlobal() {
                return null;
            }

            @Override
            public void release(SocketWrapperBase<Object> socket) {
                // it is used once
            }

            @Override
            public void pause() {
                // the listener does
            }

            @Override
            public void recycle() {
                // nothing is kept
            }
        });
    }

    private static UnsupportedOperationException listener() {
        return new UnsupportedOperationException("the server's listener does that");
    }

    @Override
    protected InetSocketAddress getLocalAddress() {
        return null;
    }

    @Override
    protected SocketProcessorBase<Object> createSocketProcessor(SocketWrapperBase<Object> socket, SocketEvent event) {
        throw listener();
    }

    @Override
    public void bind() {
        throw listener();
    }

    @Override
    public void startInternal() {
        throw listener();
    }

    @Override
    public void stopInternal() {
        throw listener();
    }

    @Override
    protected Log getLog() {
        return LOG;
    }

    @Override
    protected void doCloseServerSocket() {
        throw listener();
    }

    @Override
    protected Object serverSocketAccept() {
        throw listener();
    }

    @Override
    protected boolean setSocketOptions(Object socket) {
        throw listener();
    }

    @Override
    protected void destroySocket(Object socket) {
        throw listener();
    }
}

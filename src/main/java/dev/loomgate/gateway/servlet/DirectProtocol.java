package dev.loomgate.gateway.servlet;

import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;

import org.apache.coyote.Adapter;
import org.apache.coyote.ProtocolHandler;
import org.apache.coyote.UpgradeProtocol;
import org.apache.tomcat.util.net.SSLHostConfig;

/** What a Tomcat connector takes for its protocol: there is no socket and no thread, requests are handed to the adapter. */
final class DirectProtocol implements ProtocolHandler {
    private Adapter adapter;
    private Executor executor;
    private ScheduledExecutorService utilityExecutor;

    @Override
    public Adapter getAdapter() {
        return adapter;
    }

    @Override
    public void setAdapter(Adapter adapter) {
        this.adapter = adapter;
    }

    @Override
    public Executor getExecutor() {
        return executor;
    }

    @Override
    public void setExecutor(Executor executor) {
        this.executor = executor;
    }

    @Override
    public ScheduledExecutorService getUtilityExecutor() {
        return utilityExecutor;
    }

    @Override
    public void setUtilityExecutor(ScheduledExecutorService utilityExecutor) {
        this.utilityExecutor = utilityExecutor;
    }

    @Override
    public String getId() {
        // a connector without a port must have a name
        return "loomgate";
    }

    @Override
    public boolean isSendfileSupported() {
        return true;
    }

    @Override
    public long awaitConnectionsClose(long waitMillis) {
        return waitMillis;
    }

    @Override
    public void closeServerSocketGraceful() {
    }

    @Override
    public void init() {
    }

    @Override
    public void start() {
    }

    @Override
    public void pause() {
    }

    @Override
    public void resume() {
    }

    @Override
    public void stop() {
    }

    @Override
    public void destroy() {
    }

    @Override
    public void addSslHostConfig(SSLHostConfig config) {
        throw new UnsupportedOperationException("TLS is the listener's");
    }

    @Override
    public void addSslHostConfig(SSLHostConfig config, boolean replace) {
        addSslHostConfig(config);
    }

    @Override
    public SSLHostConfig[] findSslHostConfigs() {
        return new SSLHostConfig[0];
    }

    @Override
    public void addUpgradeProtocol(UpgradeProtocol protocol) {
        throw new UnsupportedOperationException("upgrades are the listener's");
    }

    @Override
    public UpgradeProtocol[] findUpgradeProtocols() {
        return new UpgradeProtocol[0];
    }
}

package dev.loomgate.gateway.servlet;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;

import org.apache.catalina.Session;
import org.apache.catalina.session.StandardManager;
import org.apache.catalina.session.StandardSession;
import org.apache.catalina.util.CustomObjectInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the sessions of one version of an application over into the next, as Tomcat does when it restarts one: attributes
 * that can be serialized are made anew with the new version's classes, others are left behind.
 */
final class SessionTransfer {
    private static final Logger LOGGER = LoggerFactory.getLogger(SessionTransfer.class);

    private SessionTransfer() {
    }

    static void run(Application from, Application to) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try {
            for (Session session : from.sessions().findSessions()) {
                if (session instanceof StandardSession standard && standard.isValid()) {
                    transfer(standard, from, to);
                }
            }
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private static void transfer(StandardSession session, Application from, Application to) {
        try {
            Thread.currentThread().setContextClassLoader(from.loader());
            var bytes = new ByteArrayOutputStream();
            session.passivate();
            try (var out = new ObjectOutputStream(bytes)) {
                session.writeObjectData(out);
            }
            Thread.currentThread().setContextClassLoader(to.loader());
            StandardManager manager = to.sessions();
            var copy = (StandardSession) manager.createEmptySession();
            try (var in = new CustomObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()), to.loader())) {
                copy.readObjectData(in);
            }
            copy.setManager(manager);
            manager.add(copy);
            copy.activate();
            from.moved(session);
        } catch (IOException | ClassNotFoundException | RuntimeException | LinkageError e) {
            LOGGER.atWarn().addKeyValue("session", session.getIdInternal()).setCause(e)
                    .log("a session can't be taken over by the new version of the application");
        }
    }
}

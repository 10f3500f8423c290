package talks;

import java.io.IOException;
import java.nio.ByteBuffer;

import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpoint;

/** A WebSocket endpoint of an application: greets, echoes, and talks to its client from another thread. */
@ServerEndpoint("/chat/{name}")
public class Chat {
    /** Greets. */
    @OnOpen
    public void open(Session session, @PathParam("name") String name) throws IOException {
        session.setMaxTextMessageBufferSize(1 << 20);
        session.setMaxBinaryMessageBufferSize(1 << 20);
        session.getBasicRemote().sendText("hello " + name + " " + session.getRequestURI().getPath() + " "
                + Thread.currentThread().isVirtual());
    }

    /** Echoes, or does what it is told. */
    @OnMessage
    public void text(String message, Session session) throws IOException {
        switch (message) {
            case "push" -> Thread.ofPlatform().start(() -> session.getAsyncRemote().sendText("pushed"));
            case "close" -> session.close(new CloseReason(CloseReason.CloseCodes.CANNOT_ACCEPT, "told to"));
            default -> session.getBasicRemote().sendText(message);
        }
    }

    /** Echoes. */
    @OnMessage
    public void bytes(ByteBuffer message, Session session) throws IOException {
        session.getBasicRemote().sendBinary(message);
    }

    /** Leaves word of the end. */
    @OnClose
    public void close(CloseReason reason) {
        System.setProperty("talks.closed", reason.getCloseCode().getCode() + " " + reason.getReasonPhrase());
    }
}

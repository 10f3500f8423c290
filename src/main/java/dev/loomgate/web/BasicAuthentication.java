package dev.loomgate.web;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;

import dev.loomgate.gateway.AuthenticatedUser;
import dev.loomgate.transport.FairExecutor;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;

/**
 * Asks for name and password (RFC 7617) and looks them up in a {@link PasswordFile}. Hashes are slow by intent: they are computed
 * by a few platform threads, so that a flood of wrong passwords takes neither the carriers of virtual threads nor more than these.
 * Addresses take turns, and who finds too many waiting gets 503. An unknown name takes as long as a wrong password. Safe for use by
 * many threads.
 */
public final class BasicAuthentication implements AutoCloseable {
    /** What classifies the user's name in a request's context, for handlers that know no gateway. */
    public static final String REMOTE_USER = "REMOTE_USER";
    private static final String SCHEME = "Basic";
    private static final int MOST_WAITING = 128;
    /** Of one address, which may be a whole office: the others always find a place. */
    private static final int MOST_OF_ADDRESS = MOST_WAITING / 2;
    /** Longest field that is looked at, in characters. */
    private static final int LONGEST = 2_048;

    private final String challenge;
    private final PasswordFile file;
    private final KnownPasswords known = new KnownPasswords();
    private final FairExecutor hashers;
    /** What is being computed: a page and its pictures come with the same password at once. */
    private final Map<String, FutureTask<Boolean>> computed = new ConcurrentHashMap<>();

    /**
     * For the users of a file.
     *
     * @param realm what browsers show when they ask
     */
    public BasicAuthentication(String realm, PasswordFile file) {
        this.challenge = "Basic realm=\"" + realm.replace("\\", "\\\\").replace("\"", "\\\"") + "\", charset=\"UTF-8\"";
        this.file = file;
        this.hashers = new FairExecutor("loomgate-passwords", Math.max(1, Runtime.getRuntime().availableProcessors() / 2), MOST_WAITING,
                MOST_OF_ADDRESS);
    }

    /**
     * Finds out who sent a request, and says so in its context.
     *
     * @throws HttpException with status 401 if nobody who may, 503 if there are too many to find out
     */
    void require(ServerRequest request) throws InterruptedException {
        byte[] credentials = credentials(request);
        int colon = credentials == null ? -1 : indexOfColon(credentials);
        if (colon <= 0) {
            throw unauthorized("name and password are needed");
        }
        String user = new String(credentials, 0, colon, StandardCharsets.UTF_8);
        byte[] password = Arrays.copyOfRange(credentials, colon + 1, credentials.length);
        Map<String, String> hashes = file.hashes();
        String hash = hashes.get(user);
        // any other will do to spend the same time
        String compared = hash == null ? hashes.values().iterator().next() : hash;
        String token = known.tokenOf(user, password, compared);
        if (hash == null || !known.contains(token)) {
            if (!matches(request, token, password, compared) || hash == null) {
                throw unauthorized("name or password is wrong");
            }
            known.add(token);
        }
        request.context().register(new AuthenticatedUser(SCHEME, user));
        request.context().register(REMOTE_USER, user);
    }

    private boolean matches(ServerRequest request, String token, byte[] password, String hash) throws InterruptedException {
        var own = new FutureTask<>(() -> PasswordHash.matches(password, hash));
        FutureTask<Boolean> other = computed.putIfAbsent(token, own);
        try {
            if (other == null) {
                hashers.execute(client(request), own);
            }
            return (other == null ? own : other).get();
        } catch (RejectedExecutionException | CancellationException e) {
            // those who wait for it with the same password must not wait for ever
            own.cancel(false);
            throw new HttpException("Service Unavailable: too many passwords to check", Status.SERVICE_UNAVAILABLE_503, e, true)
                    .header(HeaderValues.create(HeaderNames.RETRY_AFTER, "5"));
        } catch (ExecutionException e) {
            throw new IllegalStateException("a password could not be checked", e.getCause());
        } finally {
            computed.remove(token, own);
        }
    }

    private static InetAddress client(ServerRequest request) {
        return request.remotePeer().address() instanceof InetSocketAddress known && known.getAddress() != null ? known.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    private static byte[] credentials(ServerRequest request) {
        if (!request.headers().contains(HeaderNames.AUTHORIZATION)) {
            return null;
        }
        String field = request.headers().get(HeaderNames.AUTHORIZATION).get();
        if (field.length() > LONGEST || !field.regionMatches(true, 0, SCHEME + " ", 0, SCHEME.length() + 1)) {
            return null;
        }
        try {
            return Base64.getDecoder().decode(field.substring(SCHEME.length() + 1).strip());
        } catch (IllegalArgumentException e) {
            // what can't be decoded is no password
            return null;
        }
    }

    private static int indexOfColon(byte[] credentials) {
        for (int i = 0; i < credentials.length; i++) {
            if (credentials[i] == ':') {
                return i;
            }
        }
        return -1;
    }

    private HttpException unauthorized(String what) {
        return new HttpException("Unauthorized: " + what, Status.UNAUTHORIZED_401, true)
                .header(HeaderValues.create(HeaderNames.WWW_AUTHENTICATE, challenge));
    }

    @Override
    public void close() {
        hashers.close();
    }
}

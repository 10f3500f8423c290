package dev.loomgate.web;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Passwords that were found right a short while ago, so that a slow hash is not computed for each request of a page. What is kept
 * is a keyed hash of name, password and the hash in the file: it is worth nothing outside this process, and a changed password is
 * another key. Safe for use by many threads.
 */
final class KnownPasswords {
    private static final int MOST = 10_000;
    private static final long LIFETIME = TimeUnit.MINUTES.toNanos(5);

    private final SecretKeySpec key;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Long> known = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > MOST;
        }
    };

    KnownPasswords() {
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        key = new SecretKeySpec(secret, "HmacSHA256");
    }

    /** What stands for these credentials here. */
    String tokenOf(String user, byte[] password, String hash) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            // neither a name in the file nor a hash can hold a line end
            mac.update((user + '\n' + hash + '\n').getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(mac.doFinal(password));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has HmacSHA256", e);
        }
    }

    boolean contains(String token) {
        lock.lock();
        try {
            Long since = known.get(token);
            return since != null && System.nanoTime() - since < LIFETIME;
        } finally {
            lock.unlock();
        }
    }

    void add(String token) {
        lock.lock();
        try {
            known.remove(token);
            known.put(token, System.nanoTime());
        } finally {
            lock.unlock();
        }
    }
}

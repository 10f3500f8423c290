package dev.loomgate.web;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

import at.favre.lib.crypto.bcrypt.BCrypt;
import org.apache.commons.codec.digest.Md5Crypt;
import org.apache.commons.codec.digest.Sha2Crypt;

/** Hashes of passwords in the forms that {@code htpasswd} writes: {@code -B} (bcrypt), {@code -5}, {@code -2} and {@code -m}. */
final class PasswordHash {
    /** What bcrypt hashes at most; the rest of a longer password does not count, as with {@code htpasswd}. */
    private static final int BCRYPT_MOST = 72;
    private static final String BCRYPT = "\\$2[aby]\\$[0-3][0-9]\\$[./0-9A-Za-z]{53}";
    private static final String SHA2 = "\\$[56]\\$(rounds=[0-9]{1,9}\\$)?[^$:]{1,16}\\$[./0-9A-Za-z]{43,86}";
    private static final String MD5 = "\\$(apr1|1)\\$[^$:]{1,8}\\$[./0-9A-Za-z]{22}";

    private PasswordHash() {
    }

    static boolean isKnown(String hash) {
        return hash.matches(BCRYPT) || hash.matches(SHA2) || hash.matches(MD5);
    }

    /** Whether a password has this hash. Takes as long as the hash wants it to, on the processor. */
    static boolean matches(byte[] password, String hash) {
        if (hash.startsWith("$2")) {
            byte[] counted = password.length <= BCRYPT_MOST ? password : Arrays.copyOf(password, BCRYPT_MOST);
            return BCrypt.verifyer().verify(counted, hash.getBytes(StandardCharsets.US_ASCII)).verified;
        }
        // these clear the array that they are given
        byte[] given = password.clone();
        String made;
        if (hash.startsWith("$apr1$")) {
            made = Md5Crypt.apr1Crypt(given, hash);
        } else if (hash.startsWith("$1$")) {
            made = Md5Crypt.md5Crypt(given, hash);
        } else if (hash.startsWith("$5$")) {
            made = Sha2Crypt.sha256Crypt(given, hash);
        } else {
            made = Sha2Crypt.sha512Crypt(given, hash);
        }
        return MessageDigest.isEqual(made.getBytes(StandardCharsets.US_ASCII), hash.getBytes(StandardCharsets.US_ASCII));
    }
}

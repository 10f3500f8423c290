package dev.loomgate.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Where the C library can be called. */
class LibcTest {
    @Test
    void saysWhatItTakes() {
        assertThat(Libc.obstacle(25, "Linux", "amd64")).isNull();
        assertThat(Libc.obstacle(21, "Linux", "amd64")).contains("needs Java 22 or later, this is 21");
        assertThat(Libc.obstacle(25, "Mac OS X", "aarch64")).contains("not known for Mac OS X on aarch64");
    }
}

package dev.loomgate.handover;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DescriptorsTest {
    @Test
    void saysWhatItTakesToPassSocketsOn() {
        assertThat(Descriptors.obstacle(25, "Linux", "amd64")).isNull();
        assertThat(Descriptors.obstacle(21, "Linux", "amd64")).contains("needs Java 22 or later, this is 21");
        assertThat(Descriptors.obstacle(25, "Mac OS X", "aarch64")).contains("not known for Mac OS X on aarch64");
    }
}

package dev.loomgate.gateway.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListeningPlaceTest {
    @TempDir
    Path directory;

    @Test
    void closesItsDescriptorOnlyOnce() throws Exception {
        Path text = Files.writeString(directory.resolve("text"), "text");
        ListeningPlace place = ListeningPlace.open();
        place.close();
        assertThat(place.socket().getParent()).doesNotExist();

        // gets the number that has become free
        try (FileChannel file = FileChannel.open(text)) {
            place.close();
            assertThat(file.size()).isEqualTo(4);
        }
    }
}

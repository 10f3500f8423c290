package dev.loomgate.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class RequestPathTest {
    private static final Path ROOT = Path.of("/srv/www");

    @Property(tries = 5000)
    void neverLeavesTheRoot(@ForAll("nastyPaths") String raw) {
        RequestPath path;
        try {
            path = RequestPath.parse(raw);
        } catch (Unservable e) {
            return;
        }
        assertThat(path.names()).allSatisfy(name -> assertThat(name).isNotEmpty().isNotEqualTo(".").isNotEqualTo("..")
                .doesNotContain("/", "\\", "\0").doesNotContainPattern("\\p{Cntrl}"));
        Path file = ROOT;
        for (String name : path.names()) {
            assertThat(file.resolve(name).getParent()).isEqualTo(file);
            file = file.resolve(name);
        }
        assertThat(file.normalize()).isEqualTo(file);
        assertThat(file.startsWith(ROOT)).isTrue();
        assertThat(path.canonical()).startsWith("/").doesNotStartWith("//").matches("[!-~]*");
    }

    @Property
    void givesOneSpellingToOnePath(@ForAll("nastyPaths") String raw) throws Unservable {
        RequestPath path;
        try {
            path = RequestPath.parse(raw);
        } catch (Unservable e) {
            return;
        }
        assertThat(RequestPath.parse(path.canonical())).isEqualTo(path);
    }

    @Property
    void encodesEveryNameSoThatItIsDecodedAgain(@ForAll String name) throws Unservable {
        if (RequestPath.isName(name)) {
            assertThat(RequestPath.parse("/" + RequestPath.encode(name)).names()).isEqualTo(List.of(name));
        }
    }

    @Provide
    Arbitrary<String> nastyPaths() {
        Arbitrary<String> piece = Arbitraries.of("/", "//", ".", "..", "a", "b.txt", "%2e", "%2E%2e", "%2f", "%5c", "\\", "%00",
                "%0a", "%", "%c0%ae", "%c3%a4", "%ff", "\u00e4", ";x=1", ":", "~", " ", "%25", "%252e", "\u0001",
                "\u4e2d", "c:");
        return piece.list().ofMaxSize(12).map(pieces -> "/" + String.join("", pieces));
    }

    @Example
    void keepsAPercentSignOfANameApartFromAnEncodedOne() throws Unservable {
        assertThat(RequestPath.parse("/a%2541").names()).isEqualTo(List.of("a%41"));
        assertThat(RequestPath.parse("/a%2541").canonical()).isEqualTo("/a%2541");
        assertThat(RequestPath.parse("/a%41").canonical()).isEqualTo("/aA");
    }

    @Example
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> RequestPath.parse("/a%4")).isInstanceOf(Unservable.class).hasMessageContaining("percent");
        assertThatThrownBy(() -> RequestPath.parse("a")).isInstanceOf(Unservable.class).hasMessageContaining("slash");
        assertThatThrownBy(() -> RequestPath.parse("/" + "x".repeat(256))).isInstanceOf(Unservable.class)
                .hasMessageContaining("longer than 255 bytes");
    }
}

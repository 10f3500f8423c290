package dev.loomgate.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.helidon.common.parameters.Parameters;
import io.helidon.common.uri.UriPath;
import io.helidon.http.HttpException;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalPathTest {
    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource({
        "/, /", "/a/b, /a/b", "/a/b/, /a/b/",
        "//a, /a", "/a//b///c//, /a/b/c/", "/a/%2fb, /a/b", "/a%2Fb, /a/b",
        "/a/./b, /a/b", "/a/., /a/", "/a/.., /", "/a/../b, /b", "/a/b/../../c, /c", "/a/%2e%2e/b, /b", "/a/.%2E/b, /b",
        "/a/%2e%2e%2fb, /b", "/a//../b, /b",
        "/.a, /.a", "/..a, /..a", "/a../b, /a../b", "/.well-known/x, /.well-known/x", "/.../x, /.../x",
        "/a;x=1/b, /a;x=1/b", "/a/..;/b, /a/..;/b", "/a%3bx, /a;x",
        "/%252e%252e/a, /%2e%2e/a",
        "/caf%C3%A9, /café", "/caf%c3%a9, /café", "/a%20b+c, '/a b+c'", "/a|b, /a|b",
        "*, *",
    })
    void hasOneForm(String raw, String canonical) {
        assertThat(canonical(raw)).isEqualTo(canonical);
    }

    private static String canonical(String raw) {
        return CanonicalPath.of(new Received(raw)).path();
    }

    @ParameterizedTest(name = "{0} is passed on as {1}")
    @CsvSource({
        "/caf%c3%a9/%41;x, /caf%c3%a9/%41;x", "/a%2Fb, /a%2Fb", "/.a/b.c, /.a/b.c", "/a/%2E%2E/b%20c, /b%20c",
        "//a//b%7e, /a/b~",
        "/a/..%2fb, /b", "/x/./%25, /x/%25", "/x/../%3f%23, /%3F%23",
    })
    void keepsWhatWasSentUnlessItCouldBeReadAsAnotherPath(String raw, String passedOn) {
        assertThat(CanonicalPath.of(new Received(raw)).rawPath()).isEqualTo(passedOn);
    }

    @Test
    void readsBytesAndCharactersBeyondAscii() {
        assertThat(canonical("/caf\u00c3\u00a9")).isEqualTo("/café");
        assertThat(canonical("/\u20ac")).isEqualTo("/€");
        assertThat(canonical("/caf%E9")).isEqualTo("/caf\ufffd");
        assertThat(canonical("/%c0%ae%c0%ae/x")).doesNotContain("..");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/..", "/../a", "/a/../../b", "/%2e%2e/", "/a/%2e%2e/%2e%2e/b", "/%", "/%4", "/%zz", "/a%00b",
        "/a%+1"})
    void refusesWhatHasNone(String raw) {
        assertThatThrownBy(() -> canonical(raw)).isInstanceOfSatisfying(HttpException.class,
                e -> assertThat(e.status().code()).isEqualTo(400));
    }

    @Property
    void neverHoldsADotSegmentOrARepeatedSlash(@ForAll("paths") String raw) {
        String canonical;
        try {
            canonical = canonical(raw);
        } catch (HttpException climbsAboveRoot) {
            return;
        }
        assertThat(canonical).startsWith("/").doesNotContain("//");
        assertThat((canonical + "/").split("/")).doesNotContain(".", "..");
        assertThat(canonical(canonical.replace("%", "%25"))).isEqualTo(canonical);
    }

    @Property
    void passesOnAPathThatHasTheSameForm(@ForAll("paths") String raw) {
        CanonicalPath path;
        try {
            path = CanonicalPath.of(new Received(raw));
        } catch (HttpException climbsAboveRoot) {
            return;
        }
        assertThat(canonical(path.rawPath())).isEqualTo(path.path());
        assertThat(path.rawPath()).doesNotContain("//", "/./", "/../");
    }

    @Provide
    Arbitrary<String> paths() {
        return Arbitraries.of("/", "//", ".", "..", "a", "%2e", "%2F", "%2f%2E", "%41", ";", "%25", "b.c")
                .list().ofMaxSize(14).map(parts -> "/" + String.join("", parts));
    }

    /** A path as HTTP/1 hands it over: not looked at yet. */
    private record Received(String rawPath) implements UriPath {
        @Override
        public String rawPathNoParams() {
            throw new AssertionError("parameters are not stripped");
        }

        @Override
        public String path() {
            throw new AssertionError("the path is not decoded by others");
        }

        @Override
        public Parameters matrixParameters() {
            return Parameters.empty("path");
        }

        @Override
        public UriPath absolute() {
            return this;
        }

        @Override
        public void validate() {
        }
    }
}

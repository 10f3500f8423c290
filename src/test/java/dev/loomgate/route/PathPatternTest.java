package dev.loomgate.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathPatternTest {
    @ParameterizedTest(name = "{0} takes {1}")
    @CsvSource({
        "/about, /about",
        "/, /",
        "/docs/**, /docs", "/docs/**, /docs/", "/docs/**, /docs/a", "/docs/**, /docs/a/b.txt",
        "/**, /", "/**, /a/b",
        "/docs/*, /docs/a",
        "/bin/*.cgi, /bin/a.cgi", "/bin/*.cgi, /bin/.cgi",
        "/bin/*.cgi/**, /bin/a.cgi/extra/path", "/bin/*.cgi/**, /bin/a.cgi", "/bin/*.cgi/**, /bin/a.cgi/",
        "/bin/**/*.cgi, /bin/a.cgi", "/bin/**/*.cgi, /bin/x/y/a.cgi",
        "*.php, /a.php", "*.php, /x/y/a.php", "*.php, /.php",
        "*.php/**, /x/a.php/y/z", "*.php/**, /x/a.php",
        "*.tar.gz, /x/a.tar.gz",
        "/a%zz, /a%zz",
    })
    void takes(String pattern, String path) {
        assertThat(PathPattern.parse(pattern).matches(path)).isTrue();
    }

    @ParameterizedTest(name = "{0} does not take {1}")
    @CsvSource({
        "/about, /about/", "/about, /About", "/about, /about/x", "/about, /",
        "/, /a",
        "/docs/**, /docsx", "/docs/**, /doc", "/docs/**, /", "/docs/**, /x/docs/",
        "/docs/*, /docs", "/docs/*, /docs/", "/docs/*, /docs/a/", "/docs/*, /docs/a/b",
        "/bin/*.cgi, /bin/x/a.cgi", "/bin/*.cgi, /bin/a.cgix", "/bin/*.cgi, /bin/a.cgi/extra", "/bin/*.cgi, /bin/cgi",
        "/bin/*.cgi/**, /bin/x/a.cgi/extra",
        "*.php, /a.php/extra", "*.php, /a.php5", "*.php, /a.PHP", "*.php, /php",
        "*.php/**, /x/a.phpx/y",
    })
    void leaves(String pattern, String path) {
        assertThat(PathPattern.parse(pattern).matches(path)).isFalse();
    }

    @Test
    void ordersByPrecedence() {
        List<PathPattern> expected = Stream.of("/docs/api/v1", "/docs", "/docs/api/*.php", "/docs/api/**", "/docs/*.tar.gz",
                "/docs/*.gz", "/docs/*.gz/**", "/docs/**/*.gz", "/docs/**/*.gz/**", "/docs/*", "/docs/**", "/x/**", "*.php",
                "*.php/**", "/*", "/**").map(PathPattern::parse).toList();
        var shuffled = new java.util.ArrayList<>(expected);
        Collections.shuffle(shuffled, new Random(1));

        assertThat(shuffled.stream().sorted().collect(Collectors.toList())).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0} is mounted at ''{1}''")
    @CsvSource({"/docs/**, /docs", "/**, ''", "*.php, ''", "/bin/*.cgi, /bin", "/a/b/c, /a/b", "/a, ''", "/git/**/*.x, /git"})
    void namesTheDirectoryThatARootStandsFor(String pattern, String mount) {
        assertThat(PathPattern.parse(pattern).mount()).isEqualTo(mount);
    }

    @ParameterizedTest(name = "a program at {0} has the name ''{1}''")
    @CsvSource({"/pets, /pets", "/pets/**, /pets", "/pets/, /pets", "/, ''", "/**, ''", "*.php, ''", "/a/b, /a/b"})
    void namesThePlaceOfAProgram(String pattern, String name) {
        assertThat(PathPattern.parse(pattern).scriptName()).isEqualTo(name);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "docs/**, write /docs/**",
        "/docs**, write /** for everything",
        "/docs/a*, '*'",
        "/docs/*/x, '*'",
        "/docs/***, '*'",
        "/docs/*.a*b, '*'",
        "//x, '//'",
        "/a/../b, '/../'",
        "/a?b=1, query",
        "/users/{id}, '{name}'",
        "/a%20b, write the character itself instead of %20",
    })
    void saysWhatIsWrongWithAPattern(String pattern, String message) {
        assertThatThrownBy(() -> PathPattern.parse(pattern)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}

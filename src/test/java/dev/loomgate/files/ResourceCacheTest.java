package dev.loomgate.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

import dev.loomgate.files.Representation.Description;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ResourceCacheTest {
    private static final int CAPACITY = 1 << 20;

    private static Resource resource(String path, int bytes) {
        var plain = new Representation(path, new FileStamp(path, bytes, 0), new byte[bytes],
                new Description("text/plain", Optional.empty(), false), null, Long.MAX_VALUE / 2);
        return new Resource(path, List.of(), plain, List.of(), 0);
    }

    @Property
    void holdsWhatWasPutLastOrNothingAndNeverMoreThanItMay(@ForAll("steps") List<Step> steps) {
        var cache = new ResourceCache(CAPACITY);
        var latest = new HashMap<String, Resource>();
        for (Step step : steps) {
            String path = "/" + step.path;
            switch (step.kind) {
                case 0 -> {
                    latest.put(path, resource(path, step.bytes));
                    cache.put(latest.get(path));
                }
                case 1 -> {
                    latest.remove(path);
                    cache.remove(path);
                }
                default -> cache.get(path);
            }
            long weight = 0;
            for (int i = 0; i < 20; i++) {
                // a hit marks the entry, which is as good as one more request
                Resource found = cache.get("/" + i);
                if (found != null) {
                    assertThat(found).isSameAs(latest.get("/" + i));
                    weight += found.weight();
                }
            }
            assertThat(cache.weight()).isEqualTo(weight).isLessThanOrEqualTo(CAPACITY);
        }
    }

    private record Step(int kind, int path, int bytes) {
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(Arbitraries.of(0, 0, 0, 1, 2), Arbitraries.integers().between(0, 19),
                Arbitraries.integers().between(0, CAPACITY / 7)).as(Step::new).list().ofMaxSize(100);
    }

    @Example
    void keepsWhatIsHotWhileACrawlerWalksOverEverything() {
        var cache = new ResourceCache(CAPACITY);
        for (int i = 0; i < 10; i++) {
            cache.put(resource("/hot" + i, 10_000));
        }
        for (int i = 0; i < 10_000; i++) {
            cache.put(resource("/cold" + i, 10_000));
            cache.get("/hot" + i % 10);
        }
        for (int i = 0; i < 10; i++) {
            assertThat(cache.get("/hot" + i)).as("hot " + i).isNotNull();
        }
    }

    @Example
    void keepsNothingThatIsTooLargeOrWhenItIsOff() {
        var cache = new ResourceCache(CAPACITY);
        cache.put(resource("/a", 1000));
        cache.put(resource("/a", CAPACITY / 4));
        assertThat(cache.get("/a")).as("not the old one either").isNull();
        assertThat(cache.weight()).isZero();
        var off = new ResourceCache(0);
        off.put(resource("/a", 0));
        assertThat(off.get("/a")).isNull();
    }

    @Example
    void staysConsistentUnderManyThreads() throws InterruptedException {
        var cache = new ResourceCache(CAPACITY);
        var threads = new Thread[4];
        for (int t = 0; t < threads.length; t++) {
            threads[t] = Thread.ofVirtual().start(() -> {
                var random = ThreadLocalRandom.current();
                for (int i = 0; i < 20_000; i++) {
                    String path = "/" + random.nextInt(100);
                    Resource found = cache.get(path);
                    if (found == null || random.nextInt(10) == 0) {
                        cache.put(resource(path, random.nextInt(50_000)));
                    } else {
                        assertThat(found.path()).isEqualTo(path);
                    }
                }
            });
        }
        for (Thread thread : threads) {
            thread.join();
        }
        long weight = 0;
        for (int i = 0; i < 100; i++) {
            Resource found = cache.get("/" + i);
            weight += found == null ? 0 : found.weight();
        }
        assertThat(cache.weight()).isEqualTo(weight).isLessThanOrEqualTo(CAPACITY);
        cache.clear();
        assertThat(cache.weight()).isZero();
    }
}

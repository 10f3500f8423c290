package dev.loomgate.transport;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

import io.helidon.common.GenericType;
import io.helidon.config.Config;
import io.helidon.config.ConfigMappingException;
import io.helidon.config.ConfigValue;
import io.helidon.config.ConfigValues;
import io.helidon.config.spi.ConfigMapper;

/**
 * A configuration of Helidon's in which nothing is set. Builders that are given none take Helidon's own empty one, and with it all that
 * reads, maps and watches configurations: two hundred classes at every start.
 */
@SuppressWarnings("unchecked") // asNodeList(), on which Helidon's two interfaces do not quite agree
final class NoConfig implements Config {
    private final Key key = Key.create("");

    @Override
    public Instant timestamp() {
        return Instant.EPOCH;
    }

    @Override
    public Key key() {
        return key;
    }

    @Override
    public Config root() {
        return this;
    }

    @Override
    public Config get(Key wanted) {
        return this;
    }

    @Override
    public Config detach() {
        return this;
    }

    @Override
    public Type type() {
        return Type.MISSING;
    }

    @Override
    public boolean hasValue() {
        return false;
    }

    @Override
    public Stream<Config> traverse(Predicate<Config> predicate) {
        return Stream.empty();
    }

    @Override
    public <T> T convert(Class<T> type, String value) {
        throw new ConfigMappingException(key, type, "nothing is configured");
    }

    @Override
    public ConfigMapper mapper() {
        throw new UnsupportedOperationException("nothing is configured");
    }

    @Override
    public <T> ConfigValue<T> as(GenericType<T> type) {
        return ConfigValues.empty();
    }

    @Override
    public <T> ConfigValue<T> as(Class<T> type) {
        return ConfigValues.empty();
    }

    @Override
    public <T> ConfigValue<T> as(Function<Config, T> mapping) {
        return ConfigValues.empty();
    }

    @Override
    public <T> ConfigValue<List<T>> asList(Class<T> type) {
        return ConfigValues.empty();
    }

    @Override
    public <T> ConfigValue<List<T>> asList(Function<Config, T> mapping) {
        return ConfigValues.empty();
    }

    @Override
    public ConfigValue<List<Config>> asNodeList() {
        return ConfigValues.empty();
    }

    @Override
    public ConfigValue<Map<String, String>> asMap() {
        return ConfigValues.empty();
    }
}

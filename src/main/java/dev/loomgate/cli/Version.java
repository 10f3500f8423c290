package dev.loomgate.cli;

import java.util.Optional;

import picocli.CommandLine.IVersionProvider;

/** Version of this program, from the manifest of its jar. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[]{"Loomgate " + number(), "Java " + Runtime.version() + ", " + System.getProperty("java.vm.name")};
    }

    static String number() {
        return Optional.ofNullable(Version.class.getPackage().getImplementationVersion()).orElse("(development)");
    }
}

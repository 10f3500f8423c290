package dev.loomgate.perf;

import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import dev.loomgate.perf.load.Outcome;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.Styler.LegendPosition;

/** The plots, as SVG. */
final class Charts {
    private static final Color OURS = new Color(0x1f6feb);
    private static final Color OTHERS = new Color(0x9aa4b2);
    private static final Color GRID = new Color(0xe3e7ec);
    private static final Font LABEL = new Font(Font.SANS_SERIF, Font.PLAIN, 15);
    private static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 17);

    private final Path directory;

    Charts(Path directory) {
        this.directory = directory;
    }

    /** A column for each server; the name of the file. */
    String columns(Scenario scenario, List<String> servers, Results results) throws IOException {
        CategoryChart chart = new CategoryChartBuilder().width(960).height(460)
                .title(scenario.title() + ": " + (scenario.kind().isRate() ? "answers a second, median" : scenario.kind().unit))
                .build();
        var style = chart.getStyler();
        style.setOverlapped(true);
        style.setXAxisLabelRotation(servers.size() > 4 ? 35 : 0);
        style.setLegendVisible(false);
        style.setLabelsVisible(true).setLabelsFont(LABEL).setLabelsPosition(1.0).setLabelsFontColor(Color.DARK_GRAY);
        style.setAvailableSpaceFill(0.7).setYAxisDecimalPattern("#,###").setYAxisMin(0.0);
        common(chart);
        // two series, one on the other, so that ours has a colour of its own
        var ours = new ArrayList<Double>();
        var others = new ArrayList<Double>();
        for (String server : servers) {
            double median = Math.rint(results.median(scenario.name(), server));
            boolean own = server.equals("loomgate");
            ours.add(own ? median : null);
            others.add(own ? null : median);
        }
        chart.addSeries("Loomgate", servers, ours).setFillColor(OURS);
        chart.addSeries("others", servers, others).setFillColor(OTHERS);
        return write(chart, scenario.name());
    }

    /** Latency by percentile, the tail stretched; the name of the file. */
    String latencies(Scenario scenario, List<String> servers, Results results) throws IOException {
        XYChart chart = new XYChartBuilder().width(960).height(420).title(scenario.title() + ": latency in ms by percentile")
                .xAxisTitle("requests slower than this: one in …").build();
        chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true).setMarkerSize(5)
                .setLegendPosition(LegendPosition.InsideNW);
        common(chart);
        for (String server : servers) {
            var x = new ArrayList<Double>();
            var y = new ArrayList<Double>();
            for (double percentile : Outcome.PERCENTILES) {
                double millis = Statistics.median(results.of(scenario.name(), server).stream()
                        .mapToDouble(turn -> turn.outcome().millisAt(percentile)).toArray());
                if (percentile < 100 && millis > 0) {
                    x.add(100 / (100 - percentile));
                    y.add(millis);
                }
            }
            if (!x.isEmpty()) {
                chart.addSeries(server, x, y);
            }
        }
        return write(chart, scenario.name() + "-latency");
    }

    /** Rates of a handler that waits, by connections; the name of the file. */
    String byConnections(int millis, List<Plan.Item> items, Results results) throws IOException {
        XYChart chart = new XYChartBuilder().width(960).height(460)
                .title("A handler that waits " + millis + " ms: answers a second by connections").xAxisTitle("connections").build();
        chart.getStyler().setMarkerSize(6);
        chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true);
        chart.getStyler().setXAxisDecimalPattern("#,###");
        chart.getStyler().setYAxisDecimalPattern("#,###");
        chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
        common(chart);
        for (String server : items.getFirst().servers()) {
            var x = new ArrayList<Double>();
            var y = new ArrayList<Double>();
            for (Plan.Item item : items) {
                double rate = results.median(item.scenario().name(), server);
                if (rate > 0) {
                    x.add((double) item.connections());
                    y.add(rate);
                }
            }
            if (!x.isEmpty()) {
                chart.addSeries(server, x, y);
            }
        }
        return chart.getSeriesMap().isEmpty() ? null : write(chart, "wait-" + millis + "-by-connections");
    }

    private static void common(Chart<?, ?> chart) {
        var style = chart.getStyler();
        style.setChartBackgroundColor(Color.WHITE).setPlotBackgroundColor(Color.WHITE).setPlotBorderVisible(false);
        style.setChartTitleFont(TITLE).setLegendFont(LABEL).setLegendBorderColor(Color.WHITE);
        if (style instanceof org.knowm.xchart.style.AxesChartStyler axes) {
            axes.setPlotGridLinesColor(GRID).setPlotGridVerticalLinesVisible(false).setAxisTickLabelsFont(LABEL)
                    .setAxisTitleFont(LABEL);
        }
    }

    private String write(Chart<?, ?> chart, String name) throws IOException {
        VectorGraphicsEncoder.saveVectorGraphic(chart, directory.resolve(name).toString(), VectorGraphicsFormat.SVG);
        return name + ".svg";
    }
}

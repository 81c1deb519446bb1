// Draws each <canvas data-chart="id"> from the JSON of the element with that id, with the Chart.js that unfold ships.
// Exact numbers come as text: beyond 2^53 JavaScript has none.
"use strict";

(() => {
  const UNITS = ["", "K", "M", "B", "T"];
  const COLOURS = { sim: "--color-primary-600", total: "--slimy-total" };

  const short = (value) => {
    let unit = 0;
    while (Math.abs(value) >= 1000 && unit < UNITS.length - 1) {
      value /= 1000;
      unit += 1;
    }
    return `${Number(value.toPrecision(3))}${UNITS[unit]}`;
  };
  const day = (at) => new Date(at).toISOString().slice(5, 10);
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // A tick where something was observed; of many, every so manyth, the newest always.
  const ticks = (points) => (axis) => {
    const step = Math.ceil(points.length / 6);
    axis.ticks = points.filter((_, n) => (points.length - 1 - n) % step === 0).map(({ at }) => ({ value: at }));
  };

  const paint = (chart) => {
    const colour = css(COLOURS[chart.slimyMetric]), text = css("--slimy-quiet"), line = css("--slimy-line");
    const [set] = chart.data.datasets;
    Object.assign(set, { borderColor: colour, pointBackgroundColor: colour, pointBorderColor: colour });
    for (const axis of Object.values(chart.options.scales)) {
      axis.ticks.color = text;
      axis.grid.color = line;
    }
    chart.update("none");
  };

  const draw = (canvas) => {
    const { metric, points } = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
    const chart = new Chart(canvas, {
      type: "line",
      data: {
        datasets: [{
          data: points.map(({ at, value }) => ({ x: at, y: value })),
          borderWidth: 2,
          clip: 8,
          tension: 0.2,
          pointRadius: points.map(({ corrected }) => (corrected ? 5 : 2.5)),
          pointStyle: points.map(({ corrected }) => (corrected ? "rectRot" : "circle")),
          pointHoverRadius: 6,
        }],
      },
      options: {
        animation: false,
        maintainAspectRatio: false,
        layout: { padding: { right: 12 } },
        interaction: { mode: "nearest", axis: "x", intersect: false },
        scales: {
          x: {
            type: "linear",
            min: points[0].at,
            max: points.at(-1).at,
            afterBuildTicks: ticks(points),
            ticks: { callback: day, maxRotation: 0, autoSkipPadding: 12 },
            grid: { display: false },
          },
          y: { ticks: { callback: short, maxTicksLimit: 6 }, grid: {}, grace: "10%" },
        },
        plugins: {
          legend: { display: false },
          tooltip: {
            displayColors: false,
            callbacks: {
              title: ([item]) => points[item.dataIndex].day,
              label: ({ dataIndex }) => {
                const { short: brief, exact, corrected } = points[dataIndex];
                return [brief, exact, ...(corrected ? ["corrected by staff"] : [])];
              },
            },
          },
        },
      },
    });
    chart.slimyMetric = metric;
    paint(chart);
    return chart;
  };

  addEventListener("load", () => {
    const charts = [...document.querySelectorAll("canvas[data-chart]")].map(draw);
    new MutationObserver(() => charts.forEach(paint)).observe(document.documentElement, { attributeFilter: ["class"] });
  });
})();

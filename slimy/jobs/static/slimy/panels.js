// Draws each <canvas data-panel-chart="id"> from the JSON of the element with that id, with the Chart.js that unfold
// ships, and draws it again in place when live.js has renewed the JSON or the theme has changed.
"use strict";

(() => {
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const charts = [];

  const paint = (chart) => {
    const text = css("--slimy-quiet"), line = css("--slimy-line");
    for (const set of chart.data.datasets) set.backgroundColor = css(`--slimy-${set.tone}`);
    for (const axis of Object.values(chart.options.scales)) {
      axis.ticks.color = text;
      axis.grid.color = line;
    }
    chart.update("none");
  };

  const fill = (chart) => {
    const { labels, series, links } = read(chart.slimyId);
    chart.slimyLinks = links;
    chart.data.labels = labels;
    const sets = chart.data.datasets;
    series.forEach(({ name, values, tone }, n) => {
      sets[n] = Object.assign(sets[n] ?? { borderRadius: 2, maxBarThickness: 18 }, { label: name, data: values, tone });
    });
    sets.length = series.length;
    if (chart.options.indexAxis === "y") chart.canvas.parentElement.style.height = `${Math.max(3, labels.length) * 2.25 + 2}rem`;
    paint(chart);
  };

  const draw = (canvas) => {
    const id = canvas.dataset.panelChart;
    const { lying, stacked, unit } = read(id);
    const values = { beginAtZero: true, stacked, ticks: { maxTicksLimit: 6, precision: 0 }, grid: {}, border: { display: false } };
    const labels = { stacked, ticks: { maxRotation: 0, autoSkip: !lying, autoSkipPadding: 16 }, grid: { display: false } };
    const chart = new Chart(canvas, {
      type: "bar",
      data: { labels: [], datasets: [] },
      options: {
        animation: false,
        maintainAspectRatio: false,
        indexAxis: lying ? "y" : "x",
        interaction: { mode: "index", axis: lying ? "y" : "x", intersect: false },
        scales: lying ? { x: values, y: labels } : { x: labels, y: values },
        onClick: (event, [hit]) => {
          const link = hit && chart.slimyLinks[hit.index];
          if (link) location.assign(link);
        },
        onHover: ({ native }, hits) => {
          native.target.style.cursor = hits.length && chart.slimyLinks.length ? "pointer" : "default";
        },
        plugins: {
          legend: { display: false },
          tooltip: { callbacks: { label: ({ dataset, raw }) => ` ${dataset.label}: ${raw.toLocaleString("en")} ${unit}` } },
        },
      },
    });
    chart.slimyId = id;
    fill(chart);
    charts.push(chart);
  };

  const renew = () => {
    for (const chart of charts) if (document.getElementById(chart.slimyId)) fill(chart);
  };

  addEventListener("load", () => {
    document.querySelectorAll("canvas[data-panel-chart]").forEach(draw);
    document.addEventListener("slimy:renewed", renew);
    new MutationObserver(() => charts.forEach(paint)).observe(document.documentElement, { attributeFilter: ["class"] });
  });
})();

// Behind every Plotly chart of the page, also one that is drawn later: its numbers as a table, for whoever cannot see or
// point at them. Read off the chart when it is opened, so that nobody has to send them twice.
(() => {
  const { _ } = window.emodemo;

  const place = (trace, letter) => (trace[`${letter}axis`] ?? letter).replace(letter, `${letter}axis`);
  const axis = (chart, trace, letter) => chart._fullLayout[place(trace, letter)];
  const titled = (chart, trace, letter) =>
    chart.layout[place(trace, letter)]?.title?.text || chart.layout[`${letter}axis`]?.title?.text || letter;

  const number = (value, along) => {
    if (typeof value !== "number") return String(value ?? "");
    if (along?.tickformat?.endsWith("%")) return `${(100 * value).toFixed(1)}%`;
    return Number.isInteger(value) ? String(value) : value.toFixed(2);
  };

  // A chart with several panels names them by annotations, one for each x axis in order.
  const panel = (chart, trace) => {
    const axes = Object.keys(chart._fullLayout).filter((name) => /^xaxis\d*$/.test(name)).length;
    return axes > 1 ? chart._fullLayout.annotations[Number((trace.xaxis ?? "x").slice(1) || 1) - 1]?.text ?? "" : null;
  };

  // Headings, then rows. Lines over the same places stand side by side, others one after the other.
  const rows = (chart) => {
    const traces = chart._fullData.filter((trace) => trace.visible && trace.x?.length && trace.hoverinfo !== "skip");
    if (chart._fullLayout.legend?.traceorder === "reversed") traces.reverse(); // as the legend has them
    if (!traces.length) return [];
    const [first] = traces;
    const side = traces.length > 1 && traces.every((trace) => String([...trace.x]) === String([...first.x]) && trace.xaxis === first.xaxis);
    if (side) {
      return [[titled(chart, first, "x"), ...traces.map((trace) => trace.name)],
        ...[...first.x].map((x, n) => [number(x, axis(chart, first, "x")), ...traces.map((trace) => number(trace.y[n], axis(chart, trace, "y")))])];
    }
    const named = traces.some((trace) => trace.name && !/^trace \d+$/.test(trace.name));
    const interval = traces.some((trace) => trace.error_x?.array);
    const letters = axis(chart, first, "y").type === "category" ? ["y", "x"] : ["x", "y"];
    const line = (trace) => [...trace.x].map((x, n) => [
      ...(panel(chart, trace) === null ? [] : [panel(chart, trace)]), ...(named ? [trace.name] : []),
      ...letters.map((letter) => number(trace[letter][n], axis(chart, trace, letter))),
      ...(interval ? [number(x - trace.error_x.arrayminus[n]), number(x + trace.error_x.array[n])] : []),
    ]);
    return [[
      ...(panel(chart, first) === null ? [] : [_("part")]), ...(named ? [_("line")] : []),
      ...letters.map((letter) => (axis(chart, first, letter).type === "category" ? "" : titled(chart, first, letter))),
      ...(interval ? [_("from"), _("to")] : []),
    ], ...traces.flatMap(line)];
  };

  const fill = (place, chart) => {
    const [head, ...body] = rows(chart);
    const row = (cells, tag) => {
      const line = document.createElement("tr");
      line.append(...cells.map((cell, n) => {
        const made = document.createElement(tag);
        made.textContent = cell;
        if (/^[-+]?[\d.]+%?$/.test(tag === "td" ? cell : body[0]?.[n])) made.className = "number";
        return made;
      }));
      return line;
    };
    const table = document.createElement("table");
    table.createTHead().append(row(head ?? [], "th"));
    table.createTBody().append(...body.map((cells) => row(cells, "td")));
    place.querySelector(".table").replaceChildren(table);
  };

  const behind = (chart) => {
    const block = chart.closest(".block");
    let place = block.querySelector(":scope > .numbers");
    if (!place) {
      place = document.createElement("details");
      place.className = "numbers";
      place.innerHTML = '<summary></summary><div class="table" tabindex="0"></div>';
      place.querySelector("summary").textContent = _("As a table");
      place.addEventListener("toggle", () => { if (place.open) fill(place, block.querySelector(".js-plotly-plot")); });
      block.append(place);
    }
    chart.on("plotly_afterplot", () => { if (place.open) fill(place, chart); });
  };

  new MutationObserver(() => {
    for (const chart of document.querySelectorAll(".js-plotly-plot:not([data-told])")) {
      if (!chart.on || !chart._fullData) continue;
      chart.dataset.told = "";
      behind(chart);
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
})();

// The review desk: rows and boxes go together, keys decide, and a decision changes the desk without loading the page.
document.addEventListener("DOMContentLoaded", () => {
    const reading = document.querySelector("#reading");
    if (reading) follow(reading);
    if (document.querySelector("#desk")) review();
});

function follow(reading) {
    const words = reading.querySelector("#reading-words"), bar = reading.querySelector("#reading-bar");
    const items = [...reading.querySelectorAll("[data-number]")];
    const look = async () => {
        let said;
        try { said = await (await fetch(reading.dataset.progress)).json(); } catch { return setTimeout(look, 3000); }
        if (said.finished) return location.reload();
        const next = items.find((item) => !said.read.includes(Number(item.dataset.number)));
        items.forEach((item) => {
            item.classList.toggle("slimy-read", said.read.includes(Number(item.dataset.number)));
            item.classList.toggle("slimy-now", item === next && said.status === "active");
        });
        bar.value = said.read.length;
        words.textContent = said.error && said.status === "failed" ? `Reading failed: ${said.error}`
            : said.error ? `Trying again: ${said.error}`
            : said.status === "active" ? `${said.read.length} of ${items.length} pictures read` : "Waiting for a worker…";
        if (said.status !== "failed" && said.status !== "cancelled") setTimeout(look, 700);
    };
    look();
}

function review() {
    const desk = () => document.querySelector("#desk");
    const open = () => [...desk().querySelectorAll("form[data-open]")];
    let here = null;

    const show = (picture) => {
        desk().querySelectorAll("[role=tab]").forEach((tab) => tab.setAttribute("aria-selected", String(tab.dataset.picture === picture)));
        desk().querySelectorAll("[role=tabpanel]").forEach((panel) => { panel.hidden = panel.id !== `picture-${picture}`; });
    };

    const choose = (row, {scroll = true, focus = true} = {}) => {
        desk().querySelectorAll(".slimy-here").forEach((one) => one.classList.remove("slimy-here"));
        here = row ? row.dataset.row : null;
        if (!row) return;
        row.classList.add("slimy-here");
        if (row.dataset.picture) show(row.dataset.picture);
        desk().querySelector(`rect[data-row="${row.dataset.row}"]`)?.classList.add("slimy-here");
        if (focus) row.focus({preventScroll: true});
        if (scroll) row.scrollIntoView({block: "nearest"});
    };

    const step = (by) => {
        const rows = open(), place = rows.findIndex((row) => row.dataset.row === here);
        const next = rows[place < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, place + by))];
        if (next) choose(next);
    };

    const decide = async (form, button) => {
        const rows = open(), place = rows.indexOf(form);
        const after = place < 0 ? null : (rows[place + 1] || rows[place - 1])?.dataset.row;
        const body = new FormData(form);
        if (button?.name) body.set(button.name, button.value);
        form.querySelectorAll("button").forEach((one) => { one.disabled = true; });
        const answer = await fetch(form.getAttribute("action"), {method: "POST", body});
        if (!answer.ok) return location.reload();
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        const found = fresh.querySelector("#desk");
        if (!found) return location.reload();
        desk().replaceWith(document.adoptNode(found));
        document.querySelector("#desk-messages").replaceChildren(...document.adoptNode(fresh.querySelector("#desk-messages")).childNodes);
        choose(open().find((row) => row.dataset.row === after) || open()[0] || null);
    };

    document.addEventListener("submit", (event) => {
        if (!event.target.matches("form[data-desk]")) return;
        event.preventDefault();
        decide(event.target, event.submitter);
    });
    document.addEventListener("click", (event) => {
        const tab = event.target.closest("#desk [role=tab]"), box = event.target.closest("#desk rect[data-row]");
        if (tab) show(tab.dataset.picture);
        if (box) choose(desk().querySelector(`[data-row="${box.dataset.row}"]:not(rect)`));
        if (event.target.closest("#desk-help")) help();
    });
    document.addEventListener("focusin", (event) => {
        const row = event.target.closest("#desk form[data-open]");
        if (row && row.dataset.row !== here) choose(row, {scroll: false, focus: false});
    });

    const help = () => {
        const keys = desk().querySelector("#desk-keys");
        keys.hidden = !keys.hidden;
        desk().querySelector("#desk-help")?.setAttribute("aria-expanded", String(!keys.hidden));
    };

    const press = (value) => desk().querySelector(`form[data-open][data-row="${here}"] button[value="${value}"]`)?.click();
    const keys = {
        j: () => step(1), k: () => step(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1),
        a: () => press("accept"), n: () => press("new"), s: () => press("skip"),
        e: () => desk().querySelector(`form[data-open][data-row="${here}"] input[name=name]`)?.select(),
        A: () => desk().querySelector("#accept-safe")?.click(), "?": help,
    };
    document.addEventListener("keydown", (event) => {
        const field = event.target.closest("input, select, textarea, [contenteditable]");
        if (event.key === "Escape" && field) return event.target.closest("form[data-open]")?.focus();
        if (field || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
        event.preventDefault();
        keys[event.key]();
    });

    choose(open()[0] || null, {scroll: false});
}

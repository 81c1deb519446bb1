// Pages that renew themselves: every few seconds the page is fetched again, and each element with `data-live` whose
// content has changed takes the new one. Nothing else is touched, so nothing flickers, scrolls or closes. It rests while
// the tab is hidden, while somebody works in such an element, and when it is switched off.
"use strict";

(() => {
  const KEY = "slimy-live";
  const SLOWEST = 60;

  const isInUse = (element) => {
    const selection = getSelection();
    const selected = selection && !selection.isCollapsed && element.contains(selection.anchorNode);
    return selected || element.querySelector("input[type=checkbox]:checked, details[open]") !== null;
  };

  // Whoever goes through the page with the keyboard stays where they are.
  const nameOf = (focused) => `${focused.tagName} ${focused.getAttribute("href")} ${focused.name} ${focused.value}`;
  const replace = (element, nodes) => {
    const focused = element.contains(document.activeElement) ? nameOf(document.activeElement) : null;
    element.replaceChildren(...nodes);
    if (focused !== null) {
      const same = [...element.querySelectorAll("a, button, input, [tabindex]")].find((each) => nameOf(each) === focused);
      same?.focus({ preventScroll: true });
    }
  };

  // Of a list only the rows are new: what scripts have wrapped around them stays. The script that
  // ticks and counts them learns of them.
  const renewPart = (element, next) => {
    const rows = element.querySelector("#result_list"), newRows = next.querySelector("#result_list");
    replace(rows && newRows ? rows : element, (rows && newRows ? newRows : next).childNodes);
    const boxes = element.querySelectorAll("tr input.action-select");
    if (boxes.length) window.Actions?.(boxes, { parent: element.closest(".result-list-wrapper") });
  };

  const parts = (page) => [...page.querySelectorAll("[data-live]")].map(({ id, dataset }) => `${id} ${dataset.state ?? ""}`).join();

  const renew = (fresh) => {
    if (parts(fresh) !== parts(document)) {
      location.reload(); // another kind of page by now: a job that has ended has other buttons
      return;
    }
    for (const element of document.querySelectorAll("[data-live]")) {
      const next = fresh.getElementById(element.id);
      if (next.innerHTML !== element.slimySeen && (element.dataset.live === "quiet" || !isInUse(element))) {
        element.slimySeen = next.innerHTML;
        renewPart(element, next);
      }
    }
    document.dispatchEvent(new CustomEvent("slimy:renewed"));
  };

  const bar = (element) => {
    const every = Number(element.dataset.liveEvery);
    let wait = every;
    let timer = null;
    let on = localStorage.getItem(KEY) !== "off";

    const button = document.createElement("button");
    button.type = "button";
    button.className = "slimy-live";
    const said = document.createElement("span");
    said.className = "slimy-quiet";
    element.append(button, said);

    const show = (text) => {
      button.setAttribute("aria-pressed", String(on));
      button.textContent = on ? "Live" : "Paused";
      button.title = on ? `Renewed every ${every} s; press to pause` : "Press to renew the page again";
      said.textContent = text;
    };
    const plan = () => {
      clearTimeout(timer);
      timer = on && !document.hidden ? setTimeout(look, wait * 1000) : null;
    };
    const look = async () => {
      try {
        const answer = await fetch(location.href, { headers: { "X-Live": "1" }, credentials: "same-origin" });
        if (answer.redirected && new URL(answer.url).pathname !== location.pathname) {
          location.reload(); // signed out
          return;
        }
        if (!answer.ok) throw new Error(String(answer.status));
        renew(new DOMParser().parseFromString(await answer.text(), "text/html"));
        wait = every;
        show("");
      } catch {
        wait = Math.min(wait * 2, SLOWEST);
        show(`The server doesn't answer; trying again in ${wait} s.`);
      }
      plan();
    };

    button.addEventListener("click", () => {
      on = !on;
      localStorage.setItem(KEY, on ? "on" : "off");
      wait = on ? 0 : every;
      show("");
      plan();
    });
    document.addEventListener("visibilitychange", () => {
      wait = document.hidden ? every : 0;
      plan();
    });
    show("");
    plan();
  };

  addEventListener("DOMContentLoaded", () => {
    for (const element of document.querySelectorAll("[data-live]")) element.slimySeen = element.innerHTML;
    document.querySelectorAll("[data-live-every]").forEach(bar);
  });
})();

// An action on many jobs goes on by itself until none is left.
addEventListener("load", () => document.querySelector("form[data-continue]")?.requestSubmit());

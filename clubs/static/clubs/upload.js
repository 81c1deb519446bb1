// Dropping, choosing and pasting screenshots, and how far their transfer is. Without this script it is a plain form.
document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector(".slimy-upload");
    if (!form) return;
    const drop = form.querySelector("#drop"), thumbs = form.querySelector("#thumbs");
    const input = drop.querySelector("input"), problem = form.querySelector("#upload-problem");
    const most = Number(form.dataset.most), mostBytes = Number(form.dataset.mostBytes) * 1024 * 1024;
    let chosen = [];

    const complain = (words) => {
        problem.hidden = !words;
        problem.replaceChildren(...(words ? [Object.assign(document.createElement("p"), {textContent: words})] : []));
    };

    const add = (files) => {
        const pictures = [...files].filter((file) => file.type.startsWith("image/"));
        const small = pictures.filter((file) => file.size <= mostBytes);
        chosen = [...chosen, ...small].slice(0, most);
        complain(pictures.length < files.length ? "Only pictures can be read."
            : small.length < pictures.length ? `A picture may have at most ${form.dataset.mostBytes} MiB.`
            : chosen.length === most && files.length ? `That is all: at most ${most} pictures at once.` : "");
        show();
    };

    const show = () => {
        thumbs.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
        thumbs.replaceChildren(...chosen.map(thumb));
        input.required = chosen.length === 0;
    };

    const thumb = (file, number) => {
        const item = document.createElement("li");
        const image = Object.assign(document.createElement("img"), {src: URL.createObjectURL(file), alt: file.name});
        const words = document.createElement("span");
        words.textContent = `${number + 1}`;
        const remove = Object.assign(document.createElement("button"), {type: "button", textContent: "×"});
        remove.setAttribute("aria-label", `Remove picture ${number + 1}`);
        remove.addEventListener("click", () => { chosen.splice(number, 1); show(); });
        const bar = Object.assign(document.createElement("progress"), {max: 1, value: 0, hidden: true});
        bar.setAttribute("aria-label", `Transfer of picture ${number + 1}`);
        item.append(image, remove, bar, words);
        return item;
    };

    input.addEventListener("change", () => { add(input.files); input.value = ""; });
    for (const kind of ["dragover", "dragleave", "drop"]) {
        drop.addEventListener(kind, (event) => {
            event.preventDefault();
            drop.classList.toggle("slimy-over", kind === "dragover");
            if (kind === "drop") add(event.dataTransfer.files);
        });
    }
    document.addEventListener("paste", (event) => { if (event.clipboardData.files.length) add(event.clipboardData.files); });

    const progress = (loaded) => {
        let before = 0;
        chosen.forEach((file, number) => {
            const bar = thumbs.children[number].querySelector("progress");
            bar.value = Math.min(1, Math.max(0, (loaded - before) / file.size));
            before += file.size;
        });
    };

    const answered = (request) => {
        form.classList.remove("slimy-busy");
        let said = {};
        try { said = JSON.parse(request.responseText); } catch { /* a page: something went wrong before our view */ }
        if (request.status === 200 && said.next) return location.assign(said.next);
        thumbs.querySelectorAll("progress").forEach((bar) => { bar.hidden = true; });
        for (const [number, words] of Object.entries(said.pictures || {})) {
            const item = thumbs.children[number];
            if (!item) continue;
            item.classList.add("slimy-bad");
            item.querySelector("span").textContent = words.join(" ");
        }
        complain(said.detail || "The upload failed. Try again.");
        problem.scrollIntoView({block: "center"});
    };

    form.addEventListener("submit", (event) => {
        event.preventDefault();
        if (!chosen.length) return complain("Choose at least one picture.");
        const body = new FormData(form), request = new XMLHttpRequest();
        body.delete("pictures");
        chosen.forEach((file) => body.append("pictures", file));
        thumbs.querySelectorAll("progress").forEach((bar) => { bar.hidden = false; });
        complain("");
        request.open("POST", location.href);
        request.setRequestHeader("Accept", "application/json");
        request.upload.addEventListener("progress", (moved) => progress(moved.loaded));
        request.addEventListener("loadend", () => answered(request));
        request.send(body);
    });
});

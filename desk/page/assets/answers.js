// The controls of an answer space: buttons that are radio inputs, or a number. Each has
// value(), set(), take(key), which chooses by a key and says whether it did, and
// problem(), which is why there is no answer yet.
import { el } from "./dom.js";
import { line } from "./text.js";

// answerControls makes the controls of a program's answers.
export function answerControls({ type, labels, min, max, step }, legend, changed) {
  switch (type) {
    case "scalar":
      return number({ min, max, step }, legend, changed);
    case "pairwise":
      return choices([["left", "A is better", "1AL"], ["right", "B is better", "2BR"], ["tie", "Tie", "3T"], ["neither", "Neither", "4N"]], legend, changed);
    case "verdict":
      return choices([["accept", "Accept", "1A"], ["reject", "Reject", "2R"], ...labels.map((l, i) => [`fix:${l}`, `Fix: ${l}`, digit(i + 2)])], legend, changed);
  }
  return choices(labels.map((l, i) => [l, l, digit(i)]), legend, changed);
}

// digit is the key of the i-th answer: 1 to 9, then 0.
const digit = (i) => (i < 9 ? String(i + 1) : i === 9 ? "0" : "");

// choices are [answer, words, keys]; the keys are printed on the button.
function choices(list, legend, changed) {
  const inputs = list.map(([answer, , keys]) => {
    const shortcuts = [...keys].join(" ") || null;
    return el("input", { type: "radio", name: "answer", value: answer, class: "unseen", "aria-keyshortcuts": shortcuts, onchange: changed });
  });
  const buttons = list.map(([, words, keys], i) =>
    el("label", { class: "choice" }, inputs[i], el("span", { class: "tick", "aria-hidden": "true" }), line(words, 80), ...[...keys].slice(0, 2).map((k) => el("kbd", { "aria-hidden": "true" }, k))),
  );
  return {
    node: el("fieldset", { class: "choices", "data-many": String(list.length > 4) }, el("legend", { class: "unseen" }, legend), ...buttons),
    value: () => inputs.find((x) => x.checked)?.value ?? "",
    set: (answer) => inputs.forEach((x) => (x.checked = x.value === answer)),
    take(key) {
      const place = list.findIndex(([, , keys]) => keys.includes(key.toUpperCase()));
      if (place < 0) return false;
      inputs[place].checked = true;
      changed();
      return true;
    },
    problem: () => (inputs.some((x) => x.checked) ? "" : "Choose an answer first."),
  };
}

function number({ min, max, step }, legend, changed) {
  const input = el("input", { type: "number", id: "number", class: "number", min, max, step, inputmode: "decimal", autocomplete: "off", "aria-describedby": "number-range", oninput: changed });
  const range = `${min} to ${max}, in steps of ${step}`;
  return {
    node: el("div", { class: "scalar" }, el("label", { for: "number" }, legend), input, el("span", { id: "number-range", class: "soft" }, range)),
    value: () => (input.value === "" ? "" : shortest(input.valueAsNumber)),
    set: (answer) => (input.value = answer === "" ? "" : String(Number(answer))),
    take(key) {
      if (!/^[0-9.-]$/.test(key)) return false;
      input.value = /\d/.test(key) ? key : "";
      input.focus();
      changed();
      return true;
    },
    problem: () => (input.value !== "" && input.validity.valid ? "" : `Give a number: ${range}.`),
  };
}

// shortest writes a number as the desk does: as few digits as can be, and an exponent
// of two digits for those below 1e-4 or from 1e+06.
export function shortest(x) {
  if (x === 0) return "0";
  const [mantissa, power] = x.toExponential().split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return String(x);
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

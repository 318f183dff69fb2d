// Click on a frame to zoom to it, on "reset" to go back; search by a regular expression. What is not cut down to the
// width of a frame is in its title. Nothing of the trace is ever taken for markup or code here.
(function () {
  "use strict";
  var svg = document.currentScript ? document.currentScript.closest("svg") : document.documentElement;
  var letter = Number(svg.dataset.letter), padding = Number(svg.dataset.padding);
  var details = svg.querySelector(".details"), reset = svg.querySelector(".reset"), search = svg.querySelector(".search");
  var untouched = details.textContent, told = untouched, searched = "", zoomed = null;

  var frames = Array.from(svg.querySelectorAll(".f"), function (group) {
    var rect = group.querySelector("rect"), title = group.querySelector("title").textContent;
    var number = function (name) { return Number(rect.getAttribute(name)); };
    return {
      group: group, rect: rect, text: group.querySelector("text"), title: title, name: title.split("\n")[0],
      x: number("x"), y: number("y"), width: number("width")
    };
  });
  var root = frames[0];
  if (!root) { return; }
  zoomed = root;

  function depth(frame) { return Math.abs(frame.y - root.y); }

  // Whether one frame is over or under the other, up to the precision of the numbers in the file.
  function holds(outer, inner) {
    return inner.x > outer.x - 0.01 && inner.x + inner.width < outer.x + outer.width + 0.01;
  }

  function fit(name, width) {
    var room = Math.floor((width - padding) / letter), short = name.slice(name.lastIndexOf("/") + 1);
    var found = [name, short].find(function (text) { return Array.from(text).length <= room; });
    if (found) { return found; }
    return room < 3 ? "" : Array.from(short).slice(0, room - 1).join("") + "…";
  }

  function place(frame, x, width) {
    frame.rect.setAttribute("x", x);
    frame.rect.setAttribute("width", width);
    var text = fit(frame.name, width);
    if (text && !frame.text) {
      frame.text = document.createElementNS("http://www.w3.org/2000/svg", "text");
      frame.text.setAttribute("y", frame.y + 13);
      frame.group.appendChild(frame.text);
    }
    if (frame.text) {
      frame.text.textContent = text;
      frame.text.setAttribute("x", x + padding / 2);
    }
  }

  function zoom(target) {
    var scale = root.width / target.width;
    frames.forEach(function (frame) {
      var isAbove = depth(frame) >= depth(target) && holds(target, frame);
      var isBelow = depth(frame) < depth(target) && holds(frame, target);
      frame.group.classList.toggle("n", !isAbove && !isBelow);
      frame.group.classList.toggle("o", isBelow);
      if (isAbove) { place(frame, root.x + (frame.x - target.x) * scale, frame.width * scale); }
      if (isBelow) { place(frame, root.x, root.width); }
    });
    zoomed = target;
    offerReset();
  }

  function offerReset() {
    reset.style.display = zoomed === root && searched === "" ? "none" : "inline";
  }

  // What is shown of frames that match: those that are not over another one that does.
  function matched(matching) {
    var end = -Infinity, sum = 0;
    matching.slice().sort(function (a, b) { return a.x - b.x || b.width - a.width; }).forEach(function (frame) {
      if (frame.x > end - 0.01) {
        sum += frame.width;
        end = frame.x + frame.width;
      }
    });
    return (100 * sum / root.width).toFixed(2) + "% of it is in what matches " + searched;
  }

  function find(wanted) {
    var pattern = null;
    searched = wanted;
    try { pattern = new RegExp(wanted); } catch (_) { pattern = null; }
    var matching = frames.filter(function (frame) {
      var isMatch = wanted !== "" && frame !== root &&
        (pattern ? pattern.test(frame.name) : frame.name.indexOf(wanted) >= 0);
      frame.group.classList.toggle("m", isMatch);
      return isMatch;
    });
    told = wanted === "" ? untouched : matched(matching);
    details.textContent = told;
    offerReset();
  }

  function clear() {
    find("");
    zoom(root);
  }

  function ask() {
    var wanted = window.prompt("Show functions that match this regular expression", searched);
    if (wanted !== null) { find(wanted); }
  }

  frames.forEach(function (frame) {
    frame.group.addEventListener("click", function () { zoom(frame); });
    frame.group.addEventListener("mouseover", function () { details.textContent = frame.title.replace("\n", ": "); });
    frame.group.addEventListener("mouseout", function () { details.textContent = told; });
  });
  reset.addEventListener("click", clear);
  search.addEventListener("click", ask);
  search.style.display = "inline";
  window.addEventListener("keydown", function (event) {
    var isFind = (event.ctrlKey || event.metaKey) && event.key === "f";
    if (isFind || event.key === "F3") {
      event.preventDefault();
      ask();
    } else if (event.key === "Escape") {
      clear();
    }
  });
})();

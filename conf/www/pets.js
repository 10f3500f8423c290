// The newest pets on the start page, from the REST service. Without it the page is whole, only shorter.
"use strict";

const list = document.getElementById("pets");

function element(name, text, parent) {
  const made = document.createElement(name);
  made.textContent = text;
  parent.append(made);
  return made;
}

function show(pet) {
  const item = element("li", "", list);
  element("h3", pet.name + " ", item).append(Object.assign(document.createElement("small"), {textContent: pet.species}));
  element("p", pet.note, item);
  const form = element("form", "", item);
  const button = element("button", "Feed", form);
  button.setAttribute("aria-label", "Feed " + pet.name);
  const fed = element("span", "", form);
  const count = (times) => { fed.textContent = "fed " + times + (times === 1 ? " time" : " times"); };
  count(pet.fed);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const answer = await fetch("/api/pets/" + pet.id + "/feed", {method: "POST"});
      const body = await answer.json();
      if (answer.ok) {
        count(body.fed);
      } else {
        fed.textContent = body.detail;
      }
    } catch (failure) {
      fed.textContent = "The server can't be reached.";
    }
  });
}

async function load() {
  const answer = await fetch("/api/pets?limit=6");
  if (answer.ok) {
    const found = await answer.json();
    document.getElementById("count").textContent = "of " + found.count;
    found.pets.forEach(show);
    document.getElementById("newest").hidden = found.pets.length === 0;
  }
}

load().catch(() => {});

// The page begins here. Nothing of Automerge is loaded before a draft is opened.

import "./style/tokens.css";
import "./style/base.css";
import "./style/print.css";

import { mount } from "svelte";

import { keepForOffline } from "./offline/register";
import App from "./App.svelte";
import { startRouter } from "./app/router.svelte";
import { startTheme } from "./app/theme.svelte";
import { startWords } from "./words/words.svelte";

startTheme();
keepForOffline();
startRouter();
const target = document.getElementById("app");
void startWords().then(() => {
  if (target) mount(App, { target });
});

// What every page loads. Each piece improves on something that works without it.

import htmx from "htmx.org";
import { tendBusyForms } from "./busy";
import { drawCharts } from "./drawing";
import { answerCopies } from "./copies";
import { listenToKeys } from "./keys";
import { tendMenus } from "./menus";
import { showCurrentPage } from "./rail";
import { tendSearch } from "./search";
import { suggestZones } from "./zones";

// Its own style element would need an exception in the Content-Security-Policy; ours is in filters.css.
htmx.config.includeIndicatorCSS = false;

document.documentElement.classList.add("js");
answerCopies();
listenToKeys();
tendBusyForms();
tendMenus();
tendSearch();
showCurrentPage();

htmx.onLoad((element) => {
  if (!(element instanceof Element)) return;
  suggestZones(element);
  void drawCharts(element);
});

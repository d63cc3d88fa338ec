import { render } from "solid-js/web";
import { AppProvider, createApp } from "./app";
import { Shell } from "./shell/Shell";
import "./styles/index.css";

const root = document.getElementById("root");
if (root) {
  root.replaceChildren();
  render(() => {
    const app = createApp();
    app.host.start();
    return (
      <AppProvider value={app}>
        <Shell />
      </AppProvider>
    );
  }, root);
}

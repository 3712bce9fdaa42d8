// Shows the OpenAPI document that is served beside this page, wherever the service is mounted:
// its address is taken relative to this script's own, never to the root of the host.
window.ui = SwaggerUIBundle({
  url: new URL("../openapi.json", document.currentScript.src).href,
  dom_id: "#swagger-ui",
  deepLinking: true,
  // Tokens are typed by hand and belong to the page alone: nothing is kept in the browser.
  persistAuthorization: false,
  // The default sends the document to a validator on another host.
  validatorUrl: null,
});

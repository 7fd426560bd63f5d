"use strict";

// Shows the OpenAPI document that the page names.
const place = document.getElementById("reference");

window.SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  // No document leaves this deployment to be judged elsewhere.
  validatorUrl: null,
});

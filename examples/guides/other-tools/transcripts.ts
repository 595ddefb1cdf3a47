import * as prosa from "@pulumi/prosa";

const endpoint = new prosa.WebhookEndpoint("transcripts", {
  url: "https://speech.example.com/prosa-webhook",
  eventFilters: ["stt.jobs.completed", "stt.jobs.failed"],
});

new prosa.WebhookSecretRotation("transcripts", {
  endpointId: endpoint.id,
  rotationPeriod: { days: 3 },
  rotateEvery: { days: 90 },
});

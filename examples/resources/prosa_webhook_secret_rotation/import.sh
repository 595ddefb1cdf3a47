# By the URL of the endpoint:
terraform import prosa_webhook_secret_rotation.transcripts https://speech.example.com/prosa-webhook

# By the id of the endpoint:
terraform import prosa_webhook_secret_rotation.transcripts 497f6eca-6276-4993-bfeb-53cbbbba6f08

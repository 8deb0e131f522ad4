"""Yardsticks on the same server: nothing, one read, and what a plain DRF endpoint costs."""

import json

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.models import PlainLead, PlainPost


@csrf_exempt
def noop(request: HttpRequest) -> HttpResponse:
    """The server, the middleware, and nothing else."""
    return HttpResponse("ok")


@csrf_exempt
def one_read(request: HttpRequest) -> HttpResponse:
    """One SELECT."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True})


class PlainSerializer(serializers.Serializer):
    """Twenty-five fields, as one writes them without thinking of speed."""

    lead_id = serializers.CharField(max_length=128)
    timestamp = serializers.DateTimeField()
    first_name = serializers.CharField(max_length=100)
    last_name = serializers.CharField(max_length=100)
    phone = serializers.RegexField(r"^\+?[0-9() .-]{10,20}$")
    email = serializers.EmailField()
    zip = serializers.RegexField(r"^[0-9]{5}$")
    state = serializers.CharField(max_length=2)
    interest = serializers.CharField(max_length=40)
    trustedform_url = serializers.URLField()
    jornaya_leadid = serializers.UUIDField()
    consent_text = serializers.CharField()
    consent_ip = serializers.IPAddressField()
    consent_user_agent = serializers.CharField()
    address = serializers.CharField(required=False)
    address_2 = serializers.CharField(required=False)
    city = serializers.CharField(required=False)
    date_of_birth = serializers.DateField(required=False)
    age = serializers.IntegerField(required=False)
    gender = serializers.ChoiceField(["male", "female"], required=False)
    campaign = serializers.CharField(required=False)
    sub_id = serializers.CharField(required=False)
    landing_page_url = serializers.URLField(required=False)
    price = serializers.DecimalField(max_digits=9, decimal_places=2, required=False)
    test = serializers.BooleanField(required=False)


class TwoInserts(APIView):
    """A 25-field serializer and two INSERTs in one transaction: the yardstick of the goals."""

    authentication_classes = ()
    permission_classes = ()

    def post(self, request: Request) -> Response:
        """Validate and store."""
        serializer = PlainSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = json.loads(json.dumps(serializer.validated_data, default=str))
        with transaction.atomic():
            post = PlainPost.objects.create(body=json.dumps(values))
            lead = PlainLead.objects.create(
                post=post, phone=values["phone"], email=values["email"], values=values
            )
        return Response({"status": "stored", "lead_id": lead.pk})
